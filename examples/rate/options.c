/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what options.h says. Must never: exit on its own. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <uffd/dirty.h>
#include <uffd/loop.h>

#include "../vm/util.h"

const char *const pattern_names[] = {"sequential", "random", "hot", NULL};
const char *const memory_names[] = {"anon", "memfd", "hugetlb", NULL};
const char *const method_names[] = {"auto", "async", "sync", NULL};
static const char *const poller_names[] = {"auto", "io_uring", "poll", NULL}; /* LIBUFFD_POLLER_* */

const char rate_help[] =
	"dirty-rate [options]       threads write to memory; which pages, and how fast?\n"
	"\n"
	"  -P, --pattern NAME       sequential, random (default), or hot: 90 % of the writes are\n"
	"                           in 10 % of the pages\n"
	"  -r, --rate PAGES         written a second: 10000 by default; 0: as fast as possible\n"
	"  -t, --threads N          that write: 1 by default\n"
	"  -s, --size SIZE          of the memory: 256M by default\n"
	"  -m, --memory NAME        anon (default), memfd or hugetlb\n"
	"\n"
	"  -M, --method NAME        auto (default), async or sync\n"
	"  -i, --interval MS        between two looks: 1000 by default\n"
	"  -n, --count N            of intervals: 10 by default; 0: until Control-C\n"
	"  -o, --plot FILE.svg      draw it\n"
	"  -p, --poller NAME        auto (default), io_uring or poll, for sync\n"
	"  -L, --lose PAGE          ignore the reports of this page: its loss is noticed\n"
	"  -h, --help\n"
	"\n"
	"In the end it verifies that every page that was written was reported. It exits with 3\n"
	"where one was not, with 1 after any other error.\n";

static const struct option long_options[] = {
	{"pattern", required_argument, NULL, 'P'},
	{"rate", required_argument, NULL, 'r'},
	{"threads", required_argument, NULL, 't'},
	{"size", required_argument, NULL, 's'},
	{"memory", required_argument, NULL, 'm'},
	{"method", required_argument, NULL, 'M'},
	{"interval", required_argument, NULL, 'i'},
	{"count", required_argument, NULL, 'n'},
	{"plot", required_argument, NULL, 'o'},
	{"poller", required_argument, NULL, 'p'},
	{"lose", required_argument, NULL, 'L'},
	{"help", no_argument, NULL, 'h'},
	{0},
};

/* Its index in names, or -1 and it has said why. */
static int parse_name(const char *what, const char *name, const char *const *names)
{
	for (int i = 0; names[i]; i++)
		if (!strcmp(name, names[i]))
			return i;
	return complain_format(what, "%s, %s or %s", names[0], names[1], names[2]);
}

static int parse_number(const char *what, const char *text, uint64_t least, uint64_t most,
			uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end && !errno && *number >= least && *number <= most)
		return 0;
	return complain_format(what, "a number from %llu to %llu", (unsigned long long)least,
			       (unsigned long long)most);
}

static int parse_size_of(const char *text, uint64_t *size)
{
	if (parse_size(text, size) && *size > 0)
		return 0;
	return complain("--size", "bytes, such as 256M");
}

static int parse_one(struct rate_options *o, int option)
{
	int index = 0, ret = 0;

	switch (option) {
	case 'P':
		index = parse_name("--pattern", optarg, pattern_names);
		o->pattern = (enum pattern)index;
		break;
	case 'm':
		index = parse_name("--memory", optarg, memory_names);
		o->memory = (enum memory_kind)index;
		break;
	case 'M':
		index = parse_name("--method", optarg, method_names);
		o->method = (uint32_t)index;
		break;
	case 'r':
		ret = parse_number("--rate", optarg, 0, 1000000000, &o->rate);
		break;
	case 't':
		ret = parse_number("--threads", optarg, 1, 256, &o->threads);
		break;
	case 's':
		ret = parse_size_of(optarg, &o->size);
		break;
	case 'i':
		ret = parse_number("--interval", optarg, 1, 3600000, &o->interval_ms);
		break;
	case 'n':
		ret = parse_number("--count", optarg, 0, 1000000000, &o->count);
		break;
	case 'o':
		o->plot = optarg;
		break;
	case 'p':
		index = parse_name("--poller", optarg, poller_names);
		o->poller = (uint32_t)index;
		break;
	case 'L':
		ret = parse_number("--lose", optarg, 0, NO_PAGE - 1, &o->lose);
		break;
	case 'h':
		o->help = true;
		break;
	default:
		return -1; /* getopt has said why */
	}
	return index < 0 ? index : ret;
}

int rate_options_parse(struct rate_options *o, int argc, char **argv)
{
	int option;

	*o = (struct rate_options){
		.pattern = PATTERN_RANDOM,
		.memory = MEMORY_ANON,
		.rate = 10000,
		.size = UINT64_C(256) << 20,
		.interval_ms = 1000,
		.count = 10,
		.threads = 1,
		.method = LIBUFFD_DIRTY_AUTO,
		.poller = LIBUFFD_POLLER_AUTO,
		.lose = NO_PAGE,
	};
	while ((option = getopt_long(argc, argv, "P:r:t:s:m:M:i:n:o:p:L:h", long_options, NULL)) !=
	       -1)
		if (parse_one(o, option) < 0)
			return -1;
	return optind < argc ? complain(argv[optind], "options only; see --help") : 0;
}
