/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a snapshot by the library, whose output is memory.
 * Must never: do more for the library than its manual tells a user to.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dirty_region.h"
#include "live.h"
#include "util.h"

struct library {
	struct dirty_region region;
	struct uffd_snapshot *snapshot;
};

static void check(const char *what, int error)
{
	if (error)
		fatal("%s: %s", what, strerror(-error));
}

static int64_t write_memory(void *user, const void *from, uint64_t length, uint64_t offset)
{
	const struct live *l = user;

	memcpy(l->output + offset, from, length);
	return (int64_t)length;
}

static int start(struct live *l)
{
	struct library *lib = l->state = calloc(1, sizeof(*lib));
	struct uffd_snapshot_opts opts = {
		.size = sizeof(opts),
		.write = write_memory,
		.user = l,
	};
	struct uffd_snapshot_part part = {0};
	int error;

	if (!lib)
		fatal("out of memory");
	error = dirty_region_open(&lib->region, l->memory, l->length, UFFD_FEATURE_WP_UNPOPULATED);
	if (error) {
		free(lib);
		return error;
	}
	part.region = lib->region.region;
	error = uffd_snapshot_start(&lib->snapshot, &part, 1, -1, &opts);
	if (error) {
		dirty_region_close(&lib->region);
		free(lib);
	}
	return error;
}

static void arm(struct live *l)
{
	const struct library *lib = l->state;

	check("uffd_snapshot_arm", uffd_snapshot_arm(lib->snapshot));
}

static uint64_t pause_ns(struct live *l)
{
	const struct library *lib = l->state;
	struct uffd_snapshot_progress progress = {.size = sizeof(progress)};

	check("uffd_snapshot_progress", uffd_snapshot_progress(lib->snapshot, &progress));
	return progress.pause_ns;
}

static uint64_t wait_done(struct live *l)
{
	const struct library *lib = l->state;

	check("uffd_snapshot_wait", uffd_snapshot_wait(lib->snapshot, NULL));
	return now_ns();
}

static void stop(struct live *l)
{
	struct library *lib = l->state;

	check("uffd_snapshot_close", uffd_snapshot_close(lib->snapshot));
	dirty_region_close(&lib->region);
	free(lib);
}

const struct live_kind live_library = {"library", start, arm, pause_ns, wait_done, stop};
