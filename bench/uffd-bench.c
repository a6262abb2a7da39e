/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the command line.
 * Must never: measure anything itself.
 */
#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uffd.h>

#include "bench.h"
#include "targets.h"
#include "util.h"

static const struct bench {
	const char *name;
	void (*run)(const struct options *o, struct results *results);
	const char *what;
} benches[] = {
	{"latency", bench_latency, "one access to a page that is not there"},
	{"touch", bench_touch, "every page of a file in the page cache"},
	{"bulk", bench_bulk, "fill memory that nobody has touched"},
	{"scale", bench_scale, "many regions; very long regions"},
};
#define BENCHES (sizeof(benches) / sizeof(benches[0]))

static void usage(FILE *to)
{
	fputs("Usage: uffd-bench BENCH [OPTION]...\n"
	      "Compares libuffd with the same thing written by hand.\n\n",
	      to);
	for (size_t i = 0; i < BENCHES; i++)
		fprintf(to, "  %-10s %s\n", benches[i].name, benches[i].what);
	fputs("  all        all of them\n\n"
	      "  --rounds N      rounds that count (default 5), after one that does not\n"
	      "  --size BYTES    memory in touch and bulk (default 256M); K, M, G\n"
	      "  --only PATTERN  only variants whose names match, such as 'library*'\n"
	      "  --quick         small sizes and 2 rounds: to see that it works\n"
	      "  --json          results as a JSON array\n"
	      "  --check         say which targets are missed, if any\n"
	      "  --help, --version\n\n"
	      "A value is the median over the rounds; a ratio, the median of each round's ratio\n"
	      "to the variant named as baseline. Where the machine is busy or virtual, ratios are\n"
	      "what counts.\n\n"
	      "Status: 0 done; 1 --check found a target missed; 2 usage, or --json without\n"
	      "json-c; 3 a variant failed, or brought wrong bytes.\n",
	      to);
}

bool wanted(const struct options *o, const char *variant)
{
	return !o->only || fnmatch(o->only, variant, 0) == 0;
}

static _Noreturn void bad(const char *option, const char *value)
{
	fprintf(stderr, "uffd-bench: %s: not allowed: %s\n", option, value);
	exit(2);
}

static uint64_t bytes(const char *text)
{
	static const char units[] = "kmg";
	uint64_t n, unit = 1;
	const char *which;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 10);
	which = *end ? strchr(units, *end | 0x20) : NULL;
	if (which) {
		unit = UINT64_C(1) << 10 * (which - units + 1);
		end++;
	}
	/* Page numbers have 32 bits here. */
	if (errno || *end || n > TIB / unit || n * unit < 64 * KIB)
		bad("--size", text);
	return n * unit & -page_size();
}

static int rounds(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (*end || n < 1 || n > ROUNDS_MAX)
		bad("--rounds", text);
	return (int)n;
}

struct command {
	struct options options;
	const char *bench; /* "all" */
	bool json;
	bool check;
};

static const struct option long_options[] = {
	{"rounds", required_argument, NULL, 'r'},
	{"size", required_argument, NULL, 's'},
	{"only", required_argument, NULL, 'o'},
	{"quick", no_argument, NULL, 'q'},
	{"json", no_argument, NULL, 'j'},
	{"check", no_argument, NULL, 'c'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

static void parse(struct command *c, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (option) {
		case 'r':
			c->options.rounds = rounds(optarg);
			break;
		case 's':
			c->options.size = bytes(optarg);
			break;
		case 'o':
			c->options.only = optarg;
			break;
		case 'q':
			c->options.quick = true;
			break;
		case 'j':
			c->json = true;
			break;
		case 'c':
			c->check = true;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		case 'V':
			puts("uffd-bench " LIBUFFD_VERSION_STRING);
			exit(0);
		default:
			exit(2);
		}
	}
	if (optind + 1 != argc) {
		usage(stderr);
		exit(2);
	}
	c->bench = argv[optind];
	if (!c->options.rounds)
		c->options.rounds = c->options.quick ? 2 : 5;
}

static bool chosen(const struct command *c, const struct bench *b)
{
	return strcmp(c->bench, "all") == 0 || strcmp(c->bench, b->name) == 0;
}

int main(int argc, char **argv)
{
	struct command c = {0};
	struct results results = {0};
	int missed = 0, ran = 0;

	parse(&c, argc, argv);
	if (c.json && !json_can()) {
		fputs("uffd-bench: --json: built without json-c\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < BENCHES; i++) {
		if (!chosen(&c, &benches[i]))
			continue;
		ran++;
		benches[i].run(&c.options, &results);
		if (!c.json)
			print_table(&results, benches[i].name);
		fflush(stdout);
	}
	if (!ran) {
		usage(stderr);
		return 2;
	}
	if (c.json)
		print_json(&results);
	for (size_t i = 0; c.check && i < BENCHES; i++) {
		if (chosen(&c, &benches[i]))
			missed += targets_missed(&results, benches[i].name);
	}
	results_free(&results);
	return missed ? 1 : 0;
}
