/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * One layer that fails makes the pages fail that have something of it, and no others; its map's
 * error as well as its reads'. Held pages come when it works again. Zeros are never put in its
 * place.
 */
#include "leaves.h"

#define PAGES  16u
#define LENGTH (PAGES * UINT64_C(4096))

static struct leaves ls;
static _Atomic int64_t map_error;

static int64_t failing_map(void *user, uint64_t offset, uint64_t length, int *zero)
{
	int64_t error = atomic_load(&map_error);

	return error ? error : leaf_map(user, offset, length, zero);
}

/* Whether a page has something of it. */
static bool page_needs(const struct leaf *l, size_t page)
{
	for (uint64_t at = page * 4096; at < (page + 1) * 4096; at++)
		if (leaf_has(l, at))
			return true;
	return false;
}

static struct uffd_source *open_layers(void)
{
	struct uffd_source_ops ops = {.size = sizeof(ops), .map = failing_map, .free = leaf_free};
	struct uffd_source *layers[2], *source;

	layers[0] = leaf_open(&ls.leaf[0]);
	ops.read = ls.leaf[1].kind == LEAF_READS ? leaf_read : NULL;
	ops.submit = ls.leaf[1].kind == LEAF_READS ? NULL : leaf_submit;
	ck_assert_int_eq(uffd_source_open(&layers[1], LENGTH, &ops, &ls.leaf[1]), 0);
	ck_assert_int_eq(uffd_source_open_layers(&source, layers, 2), 0);
	uffd_source_close(layers[0]);
	uffd_source_close(layers[1]);
	return source;
}

static void failed(enum leaf_kind kind, bool in_map)
{
	struct uffd_source *source;
	struct leaf *diff;
	struct toucher t;
	struct served s;
	size_t with = PAGES, without = PAGES;

	memset(&ls, 0, sizeof(ls));
	leaves_add(&ls, LEAF_ANSWERS, LENGTH, 4096, 8);
	diff = leaves_add(&ls, kind, LENGTH, 3000, 2);
	for (size_t k = 0; k < PAGES; k++) {
		if (page_needs(diff, k))
			with = with < k ? with : k;
		else
			without = without < k ? without : k;
	}
	ck_assert(with < PAGES && without < PAGES);
	leaves_start(&ls);
	source = open_layers();
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source,
					.fault_around = 4096,
					.on_error = LIBUFFD_ON_ERROR_HOLD,
					.max_retries = 1,
					.retry_ns = 20000});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	atomic_store(in_map ? &map_error : &diff->error, -EREMOTEIO);
	touch_start(&t, served_page(&s, with) + 7, false, 0);
	WAIT_UNTIL(stats_of(s.ctx).source_errors == 2);
	ck_assert(touch_asleep(&t));
	if (!in_map)
		leaves_are(&ls, served_page(&s, without), without * 4096, 4096, "the others");
	ck_assert_int_eq(uffd_prefetch(s.region, with * 4096, 4096), 0); /* it is claimed */
	atomic_store(in_map ? &map_error : &diff->error, 0);
	WAIT_UNTIL(uffd_region_resume(s.region) == 1);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	leaves_are(&ls, s.m.at, 0, s.m.length, "after all");
	ck_assert_uint_eq(stats_of(s.ctx).source_errors, 2);
	serve_end(&s);
	leaves_end(&ls);
}

static void error_of_one_layer(void)
{
	failed(LEAF_READS, false);
	failed(LEAF_ANSWERS, false);
	failed(LEAF_AT_ONCE, false);
	failed(LEAF_READS, true);
}

TEST_MAIN(error_of_one_layer)
