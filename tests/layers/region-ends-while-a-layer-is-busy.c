/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A region ends while a layer is busy and half of a page is there: its prefetch is cancelled,
 * without an error, its threads go on, and nothing is left in flight. By itself, with its context,
 * and while the loop asks again and again.
 */
#include "leaves.h"

#define PAGES  16u
#define LENGTH (PAGES * UINT64_C(4096))

static struct leaves ls;

static void ended(enum leaf_kind base, bool by_context, bool threads)
{
	struct uffd_prefetch_progress progress = {.size = sizeof(progress)};
	struct uffd_source *source;
	struct uffd_prefetch *f;
	struct toucher t;
	struct served s;
	struct leaf *diff;

	memset(&ls, 0, sizeof(ls));
	leaves_add(&ls, base, LENGTH, 4096, 8);
	diff = leaves_add(&ls, LEAF_AT_ONCE, LENGTH, 1024, 4);
	atomic_store(&diff->busy, -1);
	leaves_start(&ls);
	source = leaves_open(&ls);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source, .fault_around = 4096});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(uffd_prefetch_start(&f, s.region, NULL), 0);
	WAIT_UNTIL(atomic_load(&diff->said_busy) >= 20);
	if (threads) {
		touch_start(&t, served_page(&s, 3), false, 0);
		ck_assert(touch_asleep(&t));
		WAIT_UNTIL(stats_of(s.ctx).faults_missing == 1);
	}
	if (!by_context)
		ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_DROP), 0);
	else
		serve_end(&s);
	ck_assert_int_eq(uffd_prefetch_wait(f, NULL), -ECANCELED);
	ck_assert_int_eq(uffd_prefetch_progress(f, &progress), 0);
	ck_assert_uint_eq(progress.bytes_in_flight, 0);
	ck_assert_uint_lt(progress.bytes_brought, LENGTH);
	ck_assert_uint_eq(progress.state, LIBUFFD_PREFETCH_CANCELLED);
	ck_assert_int_eq(progress.error, 0);
	uffd_prefetch_close(f);
	if (threads) {
		ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
		ck_assert_uint_eq(t.value, 0);
	}
	if (!by_context)
		serve_end(&s);
	leaves_end(&ls);
}

static void region_ends_while_a_layer_is_busy(void)
{
	for (unsigned int i = 0; i < 5; i++) {
		ended(LEAF_READS, false, false);
		ended(LEAF_AT_ONCE, false, true);
		ended(LEAF_ANSWERS, true, false);
	}
}

TEST_MAIN(region_ends_while_a_layer_is_busy)
