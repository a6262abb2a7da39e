/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: uffd-wset's command line and exit code.
 * Must never: change a working set.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "wset.h"

static const char usage[] =
	"Usage: uffd-wset show [--json] [--entries] FILE\n"
	"       uffd-wset compare [--json] FILE FILE\n"
	"       uffd-wset draw [--output OUT.svg] FILE\n"
	"Looks at working sets that uffd_workingset_save() has written.\n"
	"\n"
	"show     what is in it, and the first of its entries\n"
	"compare  which pages are in one or in both, and whether their order is alike\n"
	"draw     a picture: address over time, and latencies; as SVG\n"
	"\n"
	"  -e, --entries       list all entries\n"
	"  -j, --json          one JSON object\n"
	"  -o, --output FILE   where the picture goes; standard output without it\n"
	"  -h, --help          this text\n"
	"  -V, --version       the version\n"
	"\n"
	"Exit code: 0; 1 a file cannot be read, written or compared; 2 usage.\n";

struct arguments {
	bool entries;
	bool json;
	const char *output;
	char **files;
	int file_count;
};

static int show(const struct arguments *a)
{
	return wset_show(a->files[0], a->json, a->entries);
}

static int compare(const struct arguments *a)
{
	return wset_compare(a->files[0], a->files[1], a->json);
}

static int draw(const struct arguments *a)
{
	return wset_draw(a->files[0], a->output);
}

static const struct command {
	const char *name;
	int files;
	bool entries; /* whether the option is for it */
	bool json;
	bool output;
	int (*run)(const struct arguments *a);
} commands[] = {
	{.name = "show", .files = 1, .entries = true, .json = true, .run = show},
	{.name = "compare", .files = 2, .json = true, .run = compare},
	{.name = "draw", .files = 1, .output = true, .run = draw},
};

static int wrong(const char *what, const char *why)
{
	fprintf(stderr, "uffd-wset: %s: %s\n", what, why);
	return EXIT_USAGE;
}

static int run(const char *name, const struct arguments *a)
{
	const struct command *c = commands;
	const struct command *end = commands + sizeof(commands) / sizeof(commands[0]);

	while (c < end && strcmp(c->name, name) != 0)
		c++;
	if (c == end)
		return wrong(name, "no such command, see --help");
	if (a->entries && !c->entries)
		return wrong(name, "--entries is not for this command");
	if (a->json && !c->json)
		return wrong(name, "--json is not for this command");
	if (a->output && !c->output)
		return wrong(name, "--output is not for this command");
	if (a->file_count != c->files)
		return wrong(name, c->files == 1 ? "takes one file" : "takes two files");
	if (a->json && !wset_json_can())
		return wrong("--json", "built without json-c");
	return c->run(a);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"entries", no_argument, NULL, 'e'},      {"json", no_argument, NULL, 'j'},
		{"output", required_argument, NULL, 'o'}, {"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},      {0},
	};
	struct arguments a = {0};
	int option;

	signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files is an error like others */
	while ((option = getopt_long(argc, argv, "ejo:hV", options, NULL)) != -1) {
		switch (option) {
		case 'e':
			a.entries = true;
			break;
		case 'j':
			a.json = true;
			break;
		case 'o':
			a.output = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return wset_printed();
		case 'V':
			puts("uffd-wset " LIBUFFD_VERSION_STRING);
			return wset_printed();
		default:
			return EXIT_USAGE; /* getopt_long() has said why */
		}
	}
	if (optind == argc) {
		fputs("uffd-wset: a command is missing, see --help\n", stderr);
		return EXIT_USAGE;
	}
	a.files = argv + optind + 1;
	a.file_count = argc - optind - 1;
	return run(argv[optind], &a);
}
