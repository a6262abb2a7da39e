/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A virtual machine that runs before its memory has come.
 *
 *   1. A guest fills its memory with a pattern and pauses.
 *   2. Its memory and registers become a snapshot: a sparse file and a small one.
 *   3. A new VM goes on from there at once. Its memory is an empty memfd; what the guest touches,
 *      libuffd brings from the file, and the guest verifies every page in scattered order.
 *
 * Step 3 is vm/restore.c; what a program of your own needs is in vm/memory.c. By options memory
 * comes before it is touched, too (vm/ahead.c), what a run asks for is recorded (vm/record.c), and
 * the snapshot is a base with diffs over it (vm/layers.c). It also goes on from what
 * vm-snapshot-live has taken of a guest that did not pause. What else is in vm/ is not about
 * userfaultfd, but for vm/live*.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vm/layers.h"
#include "vm/make.h"
#include "vm/options.h"
#include "vm/restore.h"
#include "vm/util.h"

/* Steps 1 and 2; with layers the guest goes on from these, and the snapshot is a diff. */
static int make(const struct options *options, const char *path)
{
	struct snapshot snapshot;
	struct layers below;
	int ret = -1;

	if (snapshot_name(&snapshot, path) < 0)
		return -1;
	if (!options->layer_count)
		return make_base(options, &snapshot);
	if (layers_read(&below, options->layers, options->layer_count) == 0)
		ret = make_diff(options, &below, &snapshot);
	layers_free(&below);
	return ret;
}

/* All steps, in a directory that is gone afterwards. */
static int demonstrate(const struct options *options)
{
	const char *parent = getenv("TMPDIR");
	char dir[PATH_MAX - 16], path[PATH_MAX], *paths[] = {path};
	struct snapshot snapshot;
	int ret = -1;

	snprintf(dir, sizeof(dir), "%s/vm-restore-XXXXXX", parent && *parent ? parent : "/tmp");
	if (!mkdtemp(dir))
		return complain_error(dir, errno);
	snprintf(path, sizeof(path), "%s/guest", dir);
	if (make(options, path) == 0)
		ret = restore(options, paths, 1);
	if (snapshot_name(&snapshot, path) == 0)
		snapshot_remove(&snapshot);
	if (rmdir(dir) < 0)
		return complain_error(dir, errno);
	return ret;
}

static const char help[] =
	"vm-restore [options]                make and restore, in a temporary directory\n"
	"vm-restore make --snapshot PATH     run a guest, write its snapshot\n"
	"    with --layers PATH,...          let that guest go on, write what it has changed\n"
	"vm-restore restore --snapshot PATH  run it before its memory has come\n"
	"    or --layers PATH,...\n"
	"\n";

static int run(struct options *options)
{
	const char *command = options->command;

	if (!command) {
		if (options->snapshot || options->layer_count)
			return complain("--snapshot and --layers", "are for make and restore");
		return demonstrate(options);
	}
	if (!strcmp(command, "make")) {
		if (!options->snapshot)
			return complain(command, "wants --snapshot PATH");
		if (options->prefetch || options->replay || options->record || options->trace)
			return complain(command, "--prefetch, --replay, --record and --trace are "
						 "for restore");
		return make(options, options->snapshot);
	}
	if (strcmp(command, "restore"))
		return complain(command, "no such command; see --help");
	if (!options->snapshot == !options->layer_count)
		return complain(command, "wants --snapshot PATH, or --layers PATH,...");
	if (options->snapshot)
		return restore(options, &options->snapshot, 1);
	return restore(options, options->layers, options->layer_count);
}

int main(int argc, char **argv)
{
	struct options options;
	int ret = 0;

	if (options_parse(&options, argc, argv) < 0)
		return EXIT_FAILURE;
	catch_interrupts();
	if (options.help)
		printf("%s%s", help, options_help);
	else
		ret = run(&options);
	options_free(&options);
	if (interrupted()) {
		complain("stopped", "by a signal");
		return 130;
	}
	return ret < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
