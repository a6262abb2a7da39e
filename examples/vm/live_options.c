/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: reading the command line of vm-snapshot-live. Must never: exit on its own. */
#include "live_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

#include <uffd/loop.h>
#include <uffd/source.h>

#include "util.h"

/* The guest's instructions may be emulated, and it counts through all of this. */
#define DEFAULT_MEMORY (UINT64_C(16) << 20)
#define MIN_BUFFER     (UINT64_C(1) << 20)
#define MAX_COUNT      1000000

const char live_options_help[] =
	"vm-snapshot-live [options]  take a snapshot of a guest that runs, look whether it is of\n"
	"                            one instant, and go on from it in a new VM\n"
	"\n"
	"  -o, --out PATH          keep it, as PATH.mem and PATH.state, for vm-restore;\n"
	"                          by default all is in a temporary directory, and restored there\n"
	"  -i, --incremental PATH  then another, of what has changed since; may be said again\n"
	"  -s, --size SIZE         of the guest's memory, whole MiB: 16M by default, 3G at most\n"
	"  -r, --rounds N          it counts N times through it before, and after: 1 by default\n"
	"  -t, --times N           take the first one N times, each over the one before\n"
	"  -b, --buffer SIZE       for what is copied and not yet written: 16M by default\n"
	"  -S, --no-stop           do not stop the vCPU to save its registers: a guest that goes\n"
	"                          on from the snapshot then finds in memory where it was\n"
	"  -n, --no-kvm            a thread plays the guest; it is never stopped\n"
	"  -p, --poller NAME       auto (default), io_uring or poll\n"
	"  -h, --help\n";

static const struct option long_options[] = {
	{"out", required_argument, NULL, 'o'},
	{"incremental", required_argument, NULL, 'i'},
	{"size", required_argument, NULL, 's'},
	{"rounds", required_argument, NULL, 'r'},
	{"times", required_argument, NULL, 't'},
	{"buffer", required_argument, NULL, 'b'},
	{"no-stop", no_argument, NULL, 'S'},
	{"no-kvm", no_argument, NULL, 'n'},
	{"poller", required_argument, NULL, 'p'},
	{"help", no_argument, NULL, 'h'},
	{0},
};

static int parse_count(const char *what, const char *text, uint64_t least, uint64_t *count)
{
	char *end;

	errno = 0;
	*count = strtoull(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end && !errno && *count >= least &&
	    *count <= MAX_COUNT)
		return 0;
	return complain_format(what, "a number from %d to %d", (int)least, MAX_COUNT);
}

static int parse_buffer(const char *size, uint64_t *buffer)
{
	if (parse_size(size, buffer) && *buffer >= MIN_BUFFER)
		return 0;
	return complain("--buffer", "1M at least");
}

static int add_diff(struct live_options *options, char *path)
{
	char **diffs;

	if (options->diff_count + 1 >= LIBUFFD_LAYERS_MAX)
		return complain_format("--incremental", "%d at most", LIBUFFD_LAYERS_MAX - 1);
	diffs = realloc(options->diffs, (options->diff_count + 1) * sizeof(*diffs));
	if (!diffs)
		return complain_error("--incremental", ENOMEM);
	options->diffs = diffs;
	options->diffs[options->diff_count++] = path;
	return 0;
}

static int parse_one(struct live_options *options, int option)
{
	switch (option) {
	case 'o':
		options->out = optarg;
		return 0;
	case 'i':
		return add_diff(options, optarg);
	case 's':
		return parse_memory("--size", optarg, &options->vm.memory);
	case 'r':
		return parse_count("--rounds", optarg, 0, &options->rounds);
	case 't':
		return parse_count("--times", optarg, 1, &options->times);
	case 'b':
		return parse_buffer(optarg, &options->buffer);
	case 'S':
		options->no_stop = true;
		return 0;
	case 'n':
		options->vm.no_kvm = true;
		return 0;
	case 'p':
		return parse_poller(optarg, &options->vm.poller);
	case 'h':
		options->vm.help = true;
		return 0;
	}
	return -1; /* getopt has said why */
}

static int parse_all(struct live_options *options, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "o:i:s:r:t:b:Snp:h", long_options, NULL)) != -1)
		if (parse_one(options, option) < 0)
			return -1;
	if (optind < argc)
		return complain(argv[optind], "no such command; see --help");
	if (options->diff_count && !options->out)
		return complain("--incremental", "wants --out PATH");
	return 0;
}

int live_options_parse(struct live_options *options, int argc, char **argv)
{
	*options = (struct live_options){
		.vm = {.memory = DEFAULT_MEMORY, .poller = LIBUFFD_POLLER_AUTO},
		.rounds = 1,
		.times = 1,
	};
	if (parse_all(options, argc, argv) == 0)
		return 0;
	live_options_free(options);
	return -1;
}

void live_options_free(struct live_options *options)
{
	free(options->diffs);
	options->diffs = NULL;
	options->diff_count = 0;
}
