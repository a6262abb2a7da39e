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
#include <unistd.h>

#include <uffd.h>

#include "bench.h"
#include "targets.h"
#include "util.h"

static const struct bench {
	const char *name;
	void (*run)(const struct options *o, struct results *results);
	int rounds; /* 0: each of its parts has its own */
	const char *what;
} benches[] = {
	{"latency", bench_latency, 5, "one access to a page that is not there"},
	{"touch", bench_touch, 5, "every page of a file in the page cache"},
	{"bulk", bench_bulk, 5, "fill memory that nobody has touched"},
	{"scale", bench_scale, 5, "many regions; very long regions"},
	{"restore", bench_restore, 3, "memory from a file on a disk that nobody has read"},
	{"hydrate", bench_hydrate, 3, "bring a file by each way to install: copy, alias, move"},
	{"dirty", bench_dirty, 5, "know which pages were written since the last time"},
	{"snapshot", bench_snapshot, 3, "save memory while it is written: the pause, the slowdown"},
	{"serve", bench_serve, 0, "uffd-serve: many VMs, its death and upgrade, a balloon"},
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
	      "  --rounds N      rounds that count, after one that does not (but in restore);\n"
	      "                  default 5, in restore, hydrate and snapshot 3; of takeovers in\n"
	      "                  serve 100\n"
	      "  --size BYTES    memory, but in scale; K, M, G; default 256M, in restore and\n"
	      "                  hydrate 512M, in dirty, snapshot and serve 1G\n"
	      "  --only PATTERN  only variants whose names match, such as 'library*'\n"
	      "  --quick         small sizes and 2 rounds: to see that it works\n"
	      "  --json          results as a JSON array\n"
	      "  --check         say which targets are missed, if any\n"
	      "  --dir DIR       a directory on a disk, for the files of restore and hydrate;\n"
	      "                  default $TMPDIR, then /tmp\n"
	      "  --memory KIND   restore into anon (default) or memfd memory\n"
	      "  --direct WHICH  yes (default): the library in restore reads past the page cache;\n"
	      "                  no: through it, as variants *-buffered; both\n"
	      "  --server PATH   uffd-serve; default the one built beside this program, then "
	      "$PATH\n"
	      "  --plot FILE     draw the results of restore as SVG\n"
	      "  --help, --version\n\n"
	      "A value is the median over the rounds; a ratio, the median of each round's ratio\n"
	      "to the variant named as baseline. Where the machine is busy or virtual, ratios are\n"
	      "what counts.\n\n"
	      "restore: `all' touches every page, `scattered' one in ten, both in shuffled\n"
	      "order; done is when the last one was there. disk and install touch nothing: they\n"
	      "are what reading and installing alone take. Root drops the machine's page cache\n"
	      "between variants.\n\n"
	      "dirty: a cycle is writing one page in a hundred and collecting which they were.\n"
	      "snapshot: added is what the same writes take longer than with none, from the\n"
	      "instant on; done is when all is saved.\n"
	      "serve: worst p99 is that of the VM with the longest. Servers are killed or asked\n"
	      "to yield in a storm of faults and discards: change is until another one has taken\n"
	      "over, a wait that of an access or a discard. touched counts pages that come back\n"
	      "while a balloon discards others.\n"
	      "$UFFD_BENCH_SEED decides when servers go.\n\n"
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

static void direct(struct options *o, const char *which)
{
	o->direct = strcmp(which, "no") != 0;
	o->buffered = strcmp(which, "yes") != 0;
	if (o->direct && o->buffered && strcmp(which, "both") != 0)
		bad("--direct", which);
}

static bool memfd(const char *kind)
{
	if (strcmp(kind, "anon") != 0 && strcmp(kind, "memfd") != 0)
		bad("--memory", kind);
	return strcmp(kind, "memfd") == 0;
}

struct command {
	struct options options;
	const char *bench; /* "all" */
	const char *plot;
	bool json;
	bool check;
};

static bool chosen(const struct command *c, const char *bench)
{
	return strcmp(c->bench, "all") == 0 || strcmp(c->bench, bench) == 0;
}

static const struct option long_options[] = {
	{"rounds", required_argument, NULL, 'r'}, {"size", required_argument, NULL, 's'},
	{"only", required_argument, NULL, 'o'},   {"quick", no_argument, NULL, 'q'},
	{"json", no_argument, NULL, 'j'},         {"check", no_argument, NULL, 'c'},
	{"dir", required_argument, NULL, 'd'},    {"memory", required_argument, NULL, 'm'},
	{"direct", required_argument, NULL, 'D'}, {"server", required_argument, NULL, 'S'},
	{"plot", required_argument, NULL, 'p'},   {"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},      {NULL, 0, NULL, 0},
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
		case 'd':
			c->options.directory = optarg;
			break;
		case 'm':
			c->options.memfd = memfd(optarg);
			break;
		case 'D':
			direct(&c->options, optarg);
			break;
		case 'S':
			if (access(optarg, X_OK) < 0)
				bad("--server", optarg);
			c->options.server = optarg;
			break;
		case 'p':
			c->plot = optarg;
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
	if (c->plot && !chosen(c, "restore"))
		bad("--plot", c->bench);
}

static void run(const struct command *c, const struct bench *b, struct results *results)
{
	struct options o = c->options;

	if (!o.rounds && b->rounds)
		o.rounds = o.quick ? 2 : b->rounds;
	b->run(&o, results);
	if (!c->json)
		print_table(results, b->name);
	fflush(stdout);
}

/* Opened before anything is measured: it would be a pity afterwards. */
static FILE *open_plot(const struct command *c)
{
	FILE *f = c->plot ? fopen(c->plot, "we") : NULL;

	if (c->plot && !f) {
		fprintf(stderr, "uffd-bench: --plot: %s: %s\n", c->plot, strerror(errno));
		exit(2);
	}
	return f;
}

static void plot(const struct command *c, const struct results *results, FILE *f)
{
	if (!f)
		return;
	restore_plot(results, f);
	if (fclose(f) != 0)
		fatal("%s: %m", c->plot);
}

int main(int argc, char **argv)
{
	struct command c = {.options.direct = true};
	struct results results = {0};
	int missed = 0, ran = 0;
	FILE *picture;

	parse(&c, argc, argv);
	if (c.json && !json_can()) {
		fputs("uffd-bench: --json: built without json-c\n", stderr);
		return 2;
	}
	picture = open_plot(&c);
	for (size_t i = 0; i < BENCHES; i++) {
		if (!chosen(&c, benches[i].name))
			continue;
		ran++;
		run(&c, &benches[i], &results);
	}
	if (!ran) {
		usage(stderr);
		return 2;
	}
	if (c.json)
		print_json(&results);
	plot(&c, &results, picture);
	for (size_t i = 0; c.check && i < BENCHES; i++) {
		if (chosen(&c, benches[i].name))
			missed += targets_missed(&results, benches[i].name);
	}
	results_free(&results);
	return missed ? 1 : 0;
}
