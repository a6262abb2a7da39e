/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: uffd-probe's command line and exit code.
 * Must never: change anything on the machine that it looks at.
 */
#include <getopt.h>
#include <stdio.h>

#include "machine.h"

#define EXIT_OK      0
#define EXIT_NOTHING 1
#define EXIT_USAGE   2

static const char usage[] =
	"Usage: uffd-probe [--json]\n"
	"Tells what this machine, and this user on it, can do with userfaultfd: everything is "
	"tried\n"
	"on memory of its own. An answer is yes, no (the kernel agreed and it did not work), or "
	"the\n"
	"name of the error.\n"
	"\n"
	"  -j, --json     one JSON object\n"
	"  -h, --help     this text\n"
	"  -V, --version  the version\n"
	"\n"
	"Exit code: 0; 1 no memory can be served by a userfaultfd here; 2 usage.\n";

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{0},
	};
	struct machine machine;
	bool json = false;
	int option;

	while ((option = getopt_long(argc, argv, "jhV", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			json = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_OK;
		case 'V':
			puts("uffd-probe " LIBUFFD_VERSION_STRING);
			return EXIT_OK;
		default:
			fputs("Try uffd-probe --help.\n", stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "uffd-probe: %s: no arguments are taken\n", argv[optind]);
		return EXIT_USAGE;
	}
	if (json && !json_can()) {
		fputs("uffd-probe: --json: built without json-c\n", stderr);
		return EXIT_USAGE;
	}
	machine_ask(&machine);
	if (json)
		json_print(&machine);
	else
		text_print(&machine);
	return machine_works(&machine) ? EXIT_OK : EXIT_NOTHING;
}
