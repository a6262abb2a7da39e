/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The statistics tell which poller a loop has, and whether faults arrive by READ_MULTISHOT: never
 * in a context with events, which must be read under the gate. Without a loop they tell nothing.
 */
#include "serve.h"

static void looked_at(uint64_t features)
{
	struct uffd_loop_opts opts = serve_loop_opts();
	struct served s;
	struct uffd_stats stats;

	serve(&s, LIBUFFD_BACKING_ANON, 4, features, LIBUFFD_MISSING, (struct uffd_region_opts){0});
	ck_assert_uint_eq(stats_of(s.ctx).poller, 0);
	s.loop = serve_start(s.ctx, &opts);
	ck_assert(served_right(&s, 0));
	stats = stats_of(s.ctx);
	if (opts.poller != LIBUFFD_POLLER_AUTO)
		ck_assert_uint_eq(stats.poller, opts.poller);
	else
		ck_assert(stats.poller == LIBUFFD_POLLER_URING ||
			  stats.poller == LIBUFFD_POLLER_POLL);
	if (stats.poller == LIBUFFD_POLLER_POLL || features)
		ck_assert_uint_eq(stats.multishot, 0);
	ck_assert_int_eq(uffd_loop_close(s.loop), 0);
	s.loop = NULL;
	ck_assert_uint_eq(stats_of(s.ctx).poller, 0);
	ck_assert_uint_eq(stats_of(s.ctx).multishot, 0);

	/* AUTO takes one of them. */
	opts.poller = LIBUFFD_POLLER_AUTO;
	s.loop = serve_start(s.ctx, &opts);
	ck_assert_uint_ne(stats_of(s.ctx).poller, 0);
	for (size_t k = 0; k < 4; k++)
		ck_assert(served_right(&s, k));
	serve_end(&s);
}

static void poller_is_visible_in_stats(void)
{
	looked_at(0);
	looked_at(UFFD_FEATURE_EVENT_REMOVE);
}

TEST_MAIN(poller_is_visible_in_stats)
