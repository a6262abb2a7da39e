/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what options.h says. Must never: do anything but read the command line. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "memory.h"
#include "say.h"

static const char usage_text[] =
	"usage: test-vmm make FILE --memory SIZE\n"
	"       test-vmm run SOCKET --memory SIZE [OPTION...]\n"
	"  --page-size 4096|2M     --regions N      --wire 1.1|1.7|1.12   --split\n"
	"  --twice                 --no-remove      --vcpus N             --threads N\n"
	"  --balloon               --storm ROUNDS   --rounds N            --pause-at ACCESSES\n"
	"  --lost-from PAGE        --patience SECONDS                     --seed N\n";

enum option_value {
	MEMORY = 256,
	PAGE_SIZE,
	REGIONS,
	WIRE,
	SPLIT,
	TWICE,
	NO_REMOVE,
	VCPUS,
	THREADS,
	BALLOON,
	STORM,
	ROUNDS,
	PAUSE_AT,
	LOST_FROM,
	PATIENCE,
	SEED,
};

static const struct option long_options[] = {
	{"memory", required_argument, NULL, MEMORY},
	{"page-size", required_argument, NULL, PAGE_SIZE},
	{"regions", required_argument, NULL, REGIONS},
	{"wire", required_argument, NULL, WIRE},
	{"split", no_argument, NULL, SPLIT},
	{"twice", no_argument, NULL, TWICE},
	{"no-remove", no_argument, NULL, NO_REMOVE},
	{"vcpus", required_argument, NULL, VCPUS},
	{"threads", required_argument, NULL, THREADS},
	{"balloon", no_argument, NULL, BALLOON},
	{"storm", required_argument, NULL, STORM},
	{"rounds", required_argument, NULL, ROUNDS},
	{"pause-at", required_argument, NULL, PAUSE_AT},
	{"lost-from", required_argument, NULL, LOST_FROM},
	{"patience", required_argument, NULL, PATIENCE},
	{"seed", required_argument, NULL, SEED},
	{0},
};

__attribute__((noreturn)) static void usage(const char *why)
{
	fprintf(stderr, "test-vmm: %s\n%s", why, usage_text);
	exit(EXIT_USAGE);
}

static uint64_t number(const char *text, uint64_t min, uint64_t max)
{
	uint64_t value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (*end == 'M') {
		value <<= 20;
		end++;
	}
	if (errno || end == text || *end || value < min || value > max)
		usage("a number is not one, or out of range");
	return value;
}

static enum wire wire(const char *text)
{
	if (!strcmp(text, "1.1"))
		return WIRE_1_1;
	if (!strcmp(text, "1.7"))
		return WIRE_1_7;
	if (!strcmp(text, "1.12"))
		return WIRE_1_12;
	usage("--wire is 1.1, 1.7 or 1.12");
}

static void take(struct options *o, int option, const char *argument)
{
	switch (option) {
	case MEMORY:
		o->size = number(argument, FRAME_SIZE, UINT64_C(1) << 30);
		break;
	case PAGE_SIZE:
		o->unit = number(argument, FRAME_SIZE, UINT64_C(2) << 20);
		break;
	case REGIONS:
		o->regions = (unsigned int)number(argument, 1, REGIONS_MAX);
		break;
	case WIRE:
		o->wire = wire(argument);
		break;
	case SPLIT:
		o->split = true;
		break;
	case TWICE:
		o->twice = true;
		break;
	case NO_REMOVE:
		o->no_remove = true;
		break;
	case THREADS:
		o->threads = true;
		/* fall through */
	case VCPUS:
		o->players = (unsigned int)number(argument, 1, PLAYERS_MAX);
		break;
	case BALLOON:
		o->balloon = true;
		break;
	case STORM:
		o->storm = true;
		/* fall through */
	case ROUNDS:
		o->rounds = (unsigned int)number(argument, 1, 1000000);
		break;
	case PAUSE_AT:
		o->pause_at = number(argument, 1, UINT64_MAX);
		break;
	case LOST_FROM:
		o->lost_from = number(argument, 0, UINT64_MAX);
		break;
	case PATIENCE:
		o->patience_ns = number(argument, 1, 3600) * 1000000000;
		break;
	case SEED:
		o->seed = number(argument, 0, UINT64_MAX);
		break;
	default:
		usage("no such option");
	}
}

static void check(const struct options *o)
{
	if (!o->size || o->size % o->unit)
		usage("--memory SIZE: whole pages");
	if (o->unit != FRAME_SIZE && o->unit != UINT64_C(2) << 20)
		usage("--page-size is 4096 or 2M");
	if (o->size / o->unit < o->regions)
		usage("more regions than pages");
	if (o->wire == WIRE_1_1 && o->unit != FRAME_SIZE)
		usage("Firecracker 1.1 has no huge pages");
	if (o->no_remove && (o->balloon || o->storm))
		usage("without EVENT_REMOVE nothing may be thrown away");
	if (o->balloon && o->storm)
		usage("a storm is a balloon");
}

void options_parse(struct options *options, int argc, char **argv)
{
	struct options o = {
		.unit = FRAME_SIZE,
		.regions = 1,
		.wire = WIRE_1_12,
		.players = 2,
		.rounds = 1,
		.lost_from = UINT64_MAX,
		.patience_ns = UINT64_C(10000000000),
		.seed = now_ns(),
	};
	int option;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) >= 0)
		take(&o, option, optarg);
	if (argc - optind != 2)
		usage("make FILE, or run SOCKET");
	o.make = !strcmp(argv[optind], "make");
	if (!o.make && strcmp(argv[optind], "run"))
		usage("make or run");
	o.path = argv[optind + 1];
	check(&o);
	*options = o;
}
