/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A virtual machine that is saved while it runs.
 *
 *   1. A guest counts through its memory, page after page, again and again.
 *   2. Its memory as it is at one instant becomes a file, while it counts on. Its vCPU is stopped
 *      for that instant, to save its registers; a thread that plays the guest never is.
 *   3. Then what has changed since becomes another file, in the same way.
 *   4. A new VM goes on from both, and finds everything where the guest had left it.
 *
 * Where the guest is, its memory tells (vm/count.h): so every snapshot is looked at, byte by byte,
 * whether it is of one instant. What a program of your own needs is in vm/live_take.c and, to have
 * memory of which snapshots can be taken, in vm/live.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uffd/source.h>

#include "vm/live.h"
#include "vm/live_options.h"
#include "vm/live_take.h"
#include "vm/restore.h"
#include "vm/snapshot.h"
#include "vm/util.h"

/* The snapshots, the base first. */
struct chain {
	char *paths[LIBUFFD_LAYERS_MAX];
	size_t count;
};

static int take_one(struct live *live, struct chain *chain, char *path)
{
	struct taken taken;

	if (live_take(live, path, (uint32_t)chain->count, &taken) < 0)
		return -1;
	chain->paths[chain->count++] = path;
	return live_check(live, chain->paths, chain->count, &taken);
}

static int take_base(struct live *live, struct chain *chain, char *path)
{
	uint64_t quarter = guest_pages(&live->guest) / 4;

	for (uint64_t i = 0; i < live->options->times; i++) {
		chain->count = 0;
		if (i && live_count_on(live, quarter) < 0)
			return -1;
		if (take_one(live, chain, path) < 0)
			return -1;
	}
	return 0;
}

/* One that fails is not in the chain; what it was to save, the next one does. */
static int take_diffs(struct live *live, struct chain *chain, char *const *paths, size_t count)
{
	uint64_t quarter = guest_pages(&live->guest) / 4;
	int ret = 0;

	for (size_t i = 0; i < count && !interrupted(); i++) {
		if (live_count_on(live, quarter) < 0)
			return -1;
		if (take_one(live, chain, paths[i]) < 0)
			ret = -1;
	}
	return ret;
}

/* Steps 1 to 3. Whatever becomes of its snapshots, the guest counts on, and is right. */
static int take_all(const struct live_options *options, char *base, char *const *diffs,
		    size_t diff_count, struct chain *chain)
{
	static struct live live; /* for a guest that cannot be stopped */
	int ret = -1;

	chain->count = 0;
	if (live_begin(&live, options, diff_count > 0) == 0) {
		uint64_t round = guest_pages(&live.guest), pages = options->rounds * round;

		/* In the middle: what is saved meanwhile, in order, the guest comes upon, too. */
		if (live_count_on(&live, pages + round / 2) == 0) {
			ret = take_base(&live, chain, base);
			if (ret == 0)
				ret = take_diffs(&live, chain, diffs, diff_count);
			if (live_count_on(&live, pages) < 0)
				ret = -1;
		}
	}
	return live_end(&live) < 0 ? -1 : ret;
}

static int keep(const struct live_options *options)
{
	struct chain chain;

	if (take_all(options, options->out, options->diffs, options->diff_count, &chain) < 0)
		return -1;
	printf("to go on from it: vm-restore restore --layers ");
	for (size_t i = 0; i < chain.count; i++)
		printf("%s%s", i ? "," : "", chain.paths[i]);
	printf("\nevery snapshot is of one instant\n");
	return 0;
}

static void remove_snapshot(const char *path)
{
	struct snapshot snapshot;

	if (snapshot_name(&snapshot, path) == 0)
		snapshot_remove(&snapshot);
}

/* All steps, in a directory that is gone afterwards. */
static int demonstrate(const struct live_options *options)
{
	const char *parent = getenv("TMPDIR");
	char dir[PATH_MAX - 16], base[PATH_MAX], diff[PATH_MAX], *diffs[] = {diff};
	struct chain chain;
	int ret;

	snprintf(dir, sizeof(dir), "%s/vm-snapshot-live-XXXXXX",
		 parent && *parent ? parent : "/tmp");
	if (!mkdtemp(dir))
		return complain_error(dir, errno);
	snprintf(base, sizeof(base), "%s/base", dir);
	snprintf(diff, sizeof(diff), "%s/diff", dir);
	ret = take_all(options, base, diffs, 1, &chain);
	if (ret == 0 && !interrupted())
		ret = restore(&options->vm, chain.paths, chain.count);
	remove_snapshot(base);
	remove_snapshot(diff);
	if (rmdir(dir) < 0)
		return complain_error(dir, errno);
	return ret;
}

int main(int argc, char **argv)
{
	struct live_options options;
	int ret = 0;

	if (live_options_parse(&options, argc, argv) < 0)
		return EXIT_FAILURE;
	catch_interrupts();
	if (options.vm.help)
		printf("%s", live_options_help);
	else
		ret = options.out ? keep(&options) : demonstrate(&options);
	live_options_free(&options);
	if (interrupted()) {
		complain("stopped", "by a signal");
		return 130;
	}
	return ret < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
