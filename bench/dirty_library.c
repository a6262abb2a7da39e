/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: tracking writes by the library, either method.
 * Must never: do more for the library than its manual tells a user to.
 */
#include <stdlib.h>
#include <string.h>

#include "dirty.h"
#include "dirty_region.h"
#include "util.h"

struct library {
	struct dirty_region region;
	struct uffd_dirty *dirty;
};

static int open_region(struct dirty_tracking *t, uint64_t features)
{
	struct library *l = t->state = calloc(1, sizeof(*l));
	int error;

	if (!l)
		fatal("out of memory");
	error = dirty_region_open(&l->region, t->memory, t->length, features);
	if (error)
		free(l);
	return error;
}

static int start(struct dirty_tracking *t, uint32_t method)
{
	struct uffd_dirty_opts opts = {.size = sizeof(opts), .method = method};
	struct library *l = t->state;
	int error = uffd_dirty_start(&l->dirty, l->region.region, &opts);

	if (error) {
		dirty_region_close(&l->region);
		free(l);
	}
	return error;
}

static void collect(struct dirty_tracking *t)
{
	const struct library *l = t->state;
	uint64_t offset = 0;

	while (offset < t->length) {
		int64_t n = uffd_dirty_collect(l->dirty, &offset, t->found + t->count,
					       t->room - t->count);

		if (n < 0)
			fatal("uffd_dirty_collect: %s", strerror((int)-n));
		t->count += (size_t)n;
	}
}

static void stop(struct dirty_tracking *t)
{
	struct library *l = t->state;
	int error = uffd_dirty_stop(l->dirty);

	if (error)
		fatal("uffd_dirty_stop: %s", strerror(-error));
	dirty_region_close(&l->region);
	free(l);
}

static int open_async(struct dirty_tracking *t)
{
	return open_region(t, UFFD_FEATURE_WP_ASYNC);
}

static int start_async(struct dirty_tracking *t)
{
	return start(t, LIBUFFD_DIRTY_ASYNC);
}

const struct dirty_kind dirty_async = {"async", open_async, start_async, collect, stop};

static int open_sync(struct dirty_tracking *t)
{
	return open_region(t, UFFD_FEATURE_WP_UNPOPULATED);
}

static int start_sync(struct dirty_tracking *t)
{
	return start(t, LIBUFFD_DIRTY_SYNC);
}

const struct dirty_kind dirty_sync = {"sync", open_sync, start_sync, collect, stop};
