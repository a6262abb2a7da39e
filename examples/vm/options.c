/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: reading the command line. Must never: exit on its own. */
#include "options.h"

#include <getopt.h>
#include <string.h>

#include <uffd/loop.h>

#include "layout.h"
#include "snapshot.h"
#include "util.h"

#define DEFAULT_MEMORY (UINT64_C(256) << 20)
#define MAX_MEMORY     ((uint64_t)LAYOUT_MAX_GIB << 30)

const char options_help[] =
	"  -m, --memory SIZE        of the guest, in whole MiB: 256M by default, 3G at most\n"
	"  -s, --snapshot PATH      its files are PATH.mem and PATH.state\n"
	"  -p, --poller NAME        auto (default), io_uring or poll\n"
	"  -a, --fault-around SIZE  bring so much around a fault: a power of two, 64K by default\n"
	"  -n, --no-kvm             a thread plays the guest\n"
	"  -h, --help\n";

static const struct option long_options[] = {
	{"memory", required_argument, NULL, 'm'},
	{"snapshot", required_argument, NULL, 's'},
	{"poller", required_argument, NULL, 'p'},
	{"fault-around", required_argument, NULL, 'a'},
	{"no-kvm", no_argument, NULL, 'n'},
	{"help", no_argument, NULL, 'h'},
	{0},
};

static int parse_poller(const char *name, uint32_t *poller)
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

static int parse_one(struct options *options, int option)
{
	switch (option) {
	case 'm':
		if (!parse_size(optarg, &options->memory) || !options->memory ||
		    options->memory % SNAPSHOT_GRANULE || options->memory > MAX_MEMORY)
			return complain("--memory", "whole MiB (such as 256M), 3G at most");
		return 0;
	case 's':
		options->snapshot = optarg;
		return 0;
	case 'p':
		return parse_poller(optarg, &options->poller);
	case 'a':
		if (!parse_size(optarg, &options->fault_around) || !options->fault_around ||
		    options->fault_around & (options->fault_around - 1))
			return complain("--fault-around", "a power of two (such as 64K)");
		return 0;
	case 'n':
		options->no_kvm = true;
		return 0;
	case 'h':
		options->help = true;
		return 0;
	}
	return -1; /* getopt has said why */
}

int options_parse(struct options *options, int argc, char **argv)
{
	int option;

	*options = (struct options){.memory = DEFAULT_MEMORY, .poller = LIBUFFD_POLLER_AUTO};
	while ((option = getopt_long(argc, argv, "m:s:p:a:nh", long_options, NULL)) != -1)
		if (parse_one(options, option) < 0)
			return -1;
	if (optind < argc)
		options->command = argv[optind++];
	if (optind < argc)
		return complain(argv[optind], "one command at most");
	return 0;
}
