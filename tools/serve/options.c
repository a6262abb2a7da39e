/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See options.h. */
#include "serve/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uffd/source.h>

#define DEFAULT_VMS     64
#define MOST_VMS        4096
#define DEFAULT_TIMEOUT 10000
#define MOST_TIMEOUT    3600000
#define MOST_RETRIES    1000

const char options_usage[] =
	"Usage: uffd-serve --socket PATH --memory FILE [OPTION...]\n"
	"Serves the page faults of VMs that are restored from a snapshot (Firecracker's memory\n"
	"backend \"Uffd\"): each connects to the socket and hands its userfaultfd over.\n"
	"\n"
	"  -s, --socket PATH          where VMMs connect; not needed where systemd passes a "
	"socket\n"
	"  -m, --memory FILE          the snapshot's memory file\n"
	"  -l, --layers FILE,...      sparse diffs over it, in this order; more than once is "
	"allowed\n"
	"  -w, --workingset FILE      what to bring first; FILE.1, FILE.2 ... of further regions\n"
	"  -r, --record               record that file: from the first VM until it ends, has all "
	"of\n"
	"                             its memory, or the server stops\n"
	"  -y, --hydrate              bring the rest in the background\n"
	"  -H, --hugepages            refuse VMs whose memory is not of huge pages\n"
	"  -e, --on-error WHAT        where content cannot be had: poison (default: SIGBUS for "
	"who\n"
	"                             reads it), hold (it waits until another server takes over)\n"
	"                             or kill (the VMM is killed)\n"
	"  -S, --stats PATH           a socket that tells metrics, in Prometheus' text format\n"
	"  -t, --takeover             go on with the VMs of a server that runs, or has died\n"
	"  -u, --user USER[:GROUP]    become that user when all is open\n"
	"  -o, --owner USER[:GROUP]   of the sockets\n"
	"  -M, --mode OCTAL           of the sockets: 0600 by default\n"
	"  -n, --max-vms N            at once: 64 by default\n"
	"  -T, --timeout MS           for a whole handshake: 10000 by default\n"
	"  -R, --retries N            of a read that failed, before --on-error: 5 by default\n"
	"  -d, --direct               read past the page cache (O_DIRECT)\n"
	"  -h, --help                 this text\n"
	"  -V, --version              the version\n"
	"\n"
	"Exit code: 0; 1 something failed; 2 usage.\n";

static const struct option long_options[] = {
	{"socket", required_argument, NULL, 's'},  {"memory", required_argument, NULL, 'm'},
	{"layers", required_argument, NULL, 'l'},  {"workingset", required_argument, NULL, 'w'},
	{"record", no_argument, NULL, 'r'},        {"hydrate", no_argument, NULL, 'y'},
	{"hugepages", no_argument, NULL, 'H'},     {"on-error", required_argument, NULL, 'e'},
	{"stats", required_argument, NULL, 'S'},   {"takeover", no_argument, NULL, 't'},
	{"user", required_argument, NULL, 'u'},    {"owner", required_argument, NULL, 'o'},
	{"mode", required_argument, NULL, 'M'},    {"max-vms", required_argument, NULL, 'n'},
	{"timeout", required_argument, NULL, 'T'}, {"retries", required_argument, NULL, 'R'},
	{"direct", no_argument, NULL, 'd'},        {"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},       {0},
};

static int wrong(const char *what, const char *why)
{
	fprintf(stderr, "uffd-serve: %s: %s\n", what, why);
	return -1;
}

static int parse_number(const char *option, uint32_t least, uint32_t most, uint32_t *number)
{
	char why[80], *end;
	unsigned long value;

	errno = 0;
	value = strtoul(optarg, &end, 10);
	if (*optarg >= '0' && *optarg <= '9' && !*end && !errno && value >= least &&
	    value <= most) {
		*number = (uint32_t)value;
		return 0;
	}
	snprintf(why, sizeof(why), "wants a number from %u to %u", least, most);
	return wrong(option, why);
}

static int parse_mode(mode_t *mode)
{
	char *end;
	unsigned long value = strtoul(optarg, &end, 8);

	if (*optarg < '0' || *optarg > '7' || *end || value > 0777)
		return wrong("--mode", "wants an octal number of at most 0777");
	*mode = (mode_t)value;
	return 0;
}

static int parse_identity(const char *option, struct identity *identity)
{
	switch (identity_parse(optarg, identity)) {
	case 0:
		return 0;
	case -ENOENT:
		return wrong(option, "no such user or group");
	default:
		return wrong(option, "wants USER or USER:GROUP");
	}
}

static int parse_on_error(enum on_error *on_error)
{
	if (!strcmp(optarg, "poison"))
		*on_error = ON_ERROR_POISON;
	else if (!strcmp(optarg, "hold"))
		*on_error = ON_ERROR_HOLD;
	else if (!strcmp(optarg, "kill"))
		*on_error = ON_ERROR_KILL;
	else
		return wrong("--on-error", "wants poison, hold or kill");
	return 0;
}

static int parse_retries(uint32_t *retries)
{
	int ret = parse_number("--retries", 0, MOST_RETRIES, retries);

	if (ret == 0 && *retries == 0)
		*retries = UINT32_MAX; /* none; 0 would be the library's default */
	return ret;
}

static int parse_layers(struct options *o)
{
	char *rest = optarg, *name, **more;

	while ((name = strsep(&rest, ","))) {
		if (!*name)
			return wrong("--layers", "a name is empty");
		if (o->layer_count + 1 == LIBUFFD_LAYERS_MAX)
			return wrong("--layers", "too many");
		more = realloc(o->layers, (o->layer_count + 1) * sizeof(*more));
		if (!more)
			return wrong("--layers", strerror(ENOMEM));
		o->layers = more;
		o->layers[o->layer_count++] = name;
	}
	return 0;
}

static int take_name(const char *option, const char **name)
{
	if (!*optarg)
		return wrong(option, "the name is empty");
	*name = optarg;
	return 0;
}

static int parse_value(struct options *o, int option)
{
	switch (option) {
	case 's':
		return take_name("--socket", &o->socket);
	case 'm':
		return take_name("--memory", &o->memory);
	case 'l':
		return parse_layers(o);
	case 'w':
		return take_name("--workingset", &o->workingset);
	case 'e':
		return parse_on_error(&o->on_error);
	case 'S':
		return take_name("--stats", &o->stats);
	case 'u':
		return parse_identity("--user", &o->user);
	case 'o':
		return parse_identity("--owner", &o->owner);
	case 'M':
		return parse_mode(&o->mode);
	case 'n':
		return parse_number("--max-vms", 1, MOST_VMS, &o->max_vms);
	case 'T':
		return parse_number("--timeout", 1, MOST_TIMEOUT, &o->timeout_ms);
	case 'R':
		return parse_retries(&o->retries);
	default:
		return -1; /* getopt_long() has said why */
	}
}

static int parse_one(struct options *o, int option)
{
	switch (option) {
	case 'r':
		o->record = true;
		return 0;
	case 'y':
		o->hydrate = true;
		return 0;
	case 'H':
		o->hugepages = true;
		return 0;
	case 't':
		o->takeover = true;
		return 0;
	case 'd':
		o->direct = true;
		return 0;
	default:
		return parse_value(o, option);
	}
}

/* What is missing, and what makes no sense together. */
static int check(const struct options *o)
{
	if (!o->memory)
		return wrong("--memory", "is missing, see --help");
	if (!o->socket && !getenv("LISTEN_FDS"))
		return wrong("--socket", "is missing, see --help");
	if (o->record && !o->workingset)
		return wrong("--record", "wants --workingset FILE");
	if (o->record && o->hydrate)
		return wrong("--record", "not with --hydrate: what that brings nobody asks for");
	if (o->stats && o->socket && !strcmp(o->stats, o->socket))
		return wrong("--stats", "is the same as --socket");
	return 0;
}

enum parsed options_parse(struct options *o, int argc, char **argv)
{
	int option, ret = 0;

	*o = (struct options){
		.owner = {(uid_t)-1, (gid_t)-1},
		.user = {(uid_t)-1, (gid_t)-1},
		.mode = 0600,
		.max_vms = DEFAULT_VMS,
		.timeout_ms = DEFAULT_TIMEOUT,
	};
	while (ret == 0 && (option = getopt_long(argc, argv, "s:m:l:w:ryHe:S:tu:o:M:n:T:R:dhV",
						 long_options, NULL)) != -1) {
		if (option == 'h')
			return PARSED_HELP;
		if (option == 'V')
			return PARSED_VERSION;
		ret = parse_one(o, option);
	}
	if (ret == 0 && optind < argc)
		ret = wrong(argv[optind], "takes options only, see --help");
	if (ret == 0)
		ret = check(o);
	return ret == 0 ? PARSED_SERVE : PARSED_WRONG;
}

void options_free(struct options *options)
{
	free(options->layers);
	options->layers = NULL;
	options->layer_count = 0;
}
