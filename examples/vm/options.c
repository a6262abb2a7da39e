/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: reading the command line. Must never: exit on its own. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <uffd/loop.h>
#include <uffd/source.h>

#include "layout.h"
#include "snapshot.h"
#include "util.h"

#define DEFAULT_MEMORY (UINT64_C(256) << 20)
#define MAX_MEMORY     ((uint64_t)LAYOUT_MAX_GIB << 30)

const char options_help[] =
	"  -m, --memory SIZE        of the guest, in whole MiB: 256M by default, 3G at most\n"
	"  -s, --snapshot PATH      its files are PATH.mem and PATH.state\n"
	"  -l, --layers PATH,...    snapshots one over the other: a base and diffs\n"
	"  -n, --no-kvm             a thread plays the guest\n"
	"  -h, --help\n"
	"\n"
	"How the memory comes, and what is kept of that:\n"
	"  -P, --prefetch           all of it, in the background, while the guest runs\n"
	"  -R, --replay FILE        what a run before has recorded, ahead of the guest\n"
	"  -r, --record FILE        record what this run asks for, to replay it\n"
	"  -k, --pack               put the content into that file, too\n"
	"  -t, --trace FILE.svg     draw what was asked for, and how long that took\n"
	"  -d, --direct             read past the page cache (O_DIRECT)\n"
	"  -a, --fault-around SIZE  bring so much around a fault: a power of two, 64K by default\n"
	"  -p, --poller NAME        auto (default), io_uring or poll\n";

static const struct option long_options[] = {
	{"memory", required_argument, NULL, 'm'}, {"snapshot", required_argument, NULL, 's'},
	{"layers", required_argument, NULL, 'l'}, {"no-kvm", no_argument, NULL, 'n'},
	{"help", no_argument, NULL, 'h'},         {"prefetch", no_argument, NULL, 'P'},
	{"replay", required_argument, NULL, 'R'}, {"record", required_argument, NULL, 'r'},
	{"pack", no_argument, NULL, 'k'},         {"trace", required_argument, NULL, 't'},
	{"direct", no_argument, NULL, 'd'},       {"fault-around", required_argument, NULL, 'a'},
	{"poller", required_argument, NULL, 'p'}, {0},
};

int parse_poller(const char *name, uint32_t *poller)
{
	if (!strcmp(name, "auto"))
		*poller = LIBUFFD_POLLER_AUTO;
	else if (!strcmp(name, "io_uring"))
		*poller = LIBUFFD_POLLER_URING;
	else if (!strcmp(name, "poll"))
		*poller = LIBUFFD_POLLER_POLL;
	else
		return complain("--poller", "auto, io_uring or poll");
	return 0;
}

/* Takes the commas out of names. */
static int parse_layers(struct options *options, char *names)
{
	size_t most = 1;

	for (const char *at = names; *at; at++)
		most += *at == ',';
	if (most > LIBUFFD_LAYERS_MAX)
		return complain_format("--layers", "%d at most", LIBUFFD_LAYERS_MAX);
	options_free(options);
	options->layers = calloc(most, sizeof(*options->layers));
	if (!options->layers)
		return complain_error("--layers", ENOMEM);
	while (names)
		options->layers[options->layer_count++] = strsep(&names, ",");
	return 0;
}

int parse_memory(const char *what, const char *size, uint64_t *memory)
{
	if (parse_size(size, memory) && *memory && *memory % SNAPSHOT_GRANULE == 0 &&
	    *memory <= MAX_MEMORY)
		return 0;
	return complain(what, "whole MiB (such as 256M), 3G at most");
}

static int parse_fault_around(const char *size, uint64_t *bytes)
{
	if (parse_size(size, bytes) && *bytes && (*bytes & (*bytes - 1)) == 0)
		return 0;
	return complain("--fault-around", "a power of two (such as 64K)");
}

static int parse_one(struct options *options, int option)
{
	switch (option) {
	case 'm':
		return parse_memory("--memory", optarg, &options->memory);
	case 's':
		options->snapshot = optarg;
		return 0;
	case 'l':
		return parse_layers(options, optarg);
	case 'n':
		options->no_kvm = true;
		return 0;
	case 'h':
		options->help = true;
		return 0;
	case 'P':
		options->prefetch = true;
		return 0;
	case 'R':
		options->replay = optarg;
		return 0;
	case 'r':
		options->record = optarg;
		return 0;
	case 'k':
		options->pack = true;
		return 0;
	case 't':
		options->trace = optarg;
		return 0;
	case 'd':
		options->direct = true;
		return 0;
	case 'a':
		return parse_fault_around(optarg, &options->fault_around);
	case 'p':
		return parse_poller(optarg, &options->poller);
	}
	return -1; /* getopt has said why */
}

/* What makes no sense together. */
static int check(const struct options *options)
{
	if (options->record && (options->prefetch || options->replay))
		return complain("--record", "not with --prefetch or --replay: "
					    "what they bring nobody asks for");
	if (options->pack && !options->record)
		return complain("--pack", "wants --record FILE");
	return 0;
}

static int parse_all(struct options *options, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "m:s:l:nhPR:r:kt:da:p:", long_options, NULL)) !=
	       -1)
		if (parse_one(options, option) < 0)
			return -1;
	if (optind < argc)
		options->command = argv[optind++];
	if (optind < argc)
		return complain(argv[optind], "one command at most");
	return check(options);
}

int options_parse(struct options *options, int argc, char **argv)
{
	*options = (struct options){.memory = DEFAULT_MEMORY, .poller = LIBUFFD_POLLER_AUTO};
	if (parse_all(options, argc, argv) == 0)
		return 0;
	options_free(options);
	return -1;
}

void options_free(struct options *options)
{
	free(options->layers);
	options->layers = NULL;
	options->layer_count = 0;
}
