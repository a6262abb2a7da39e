/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * While a thread is in a madvise() whose event nobody reads, starting and collecting give up after
 * a second with -EAGAIN; nothing is lost by it, and once the event has been read both work. (It
 * takes these two seconds.)
 */
#include "call.h"
#include "expect.h"
#include "tracked.h"

#define PAGES 6u

static void blocks(struct tracked *t, struct call *c)
{
	call_madvise(c, served_page(&t->s, 5), t->s.m.page, MADV_DONTNEED);
	expect_readable(uffd_ctx_fd(t->s.ctx));
	ck_assert(call_asleep(c));
}

static void unblocks(struct tracked *t, struct call *c)
{
	expect_event(uffd_ctx_fd(t->s.ctx), UFFD_EVENT_REMOVE);
	ck_assert_int_eq(call_join(c), 0);
}

static void changing_mapping(void)
{
	const struct uffd_dirty_opts opts = {.size = sizeof(opts), .method = LIBUFFD_DIRTY_SYNC};
	struct uffd_range range = {77, 78};
	uint64_t offset = 0;
	struct tracked t;
	struct call c;

	track_serve(&t, LIBUFFD_DIRTY_SYNC, &track_kinds[0], PAGES, UFFD_FEATURE_EVENT_REMOVE, 0,
		    (struct uffd_region_opts){0});
	ck_assert_int_eq(uffd_loop_close(t.s.loop), 0);
	for (size_t k = 0; k < PAGES; k++)
		track_write(&t, k);
	blocks(&t, &c);
	ck_assert_int_eq(uffd_dirty_start(&t.dirty, t.s.region, &opts), -EAGAIN);
	unblocks(&t, &c);

	t.s.loop = serve_start(t.s.ctx, NULL);
	track_start(&t);
	track_write(&t, 1);
	track_write(&t, 3);
	ck_assert_int_eq(uffd_loop_close(t.s.loop), 0);
	t.s.loop = NULL;
	blocks(&t, &c);
	ck_assert_int_eq(uffd_dirty_collect(t.dirty, &offset, &range, 1), -EAGAIN);
	ck_assert_uint_eq(offset, 0);
	ck_assert_uint_eq(range.offset, 77);
	unblocks(&t, &c);
	t.s.loop = serve_start(t.s.ctx, NULL);
	/* Page 5 went without a word to the library, whose event the test has read itself. */
	ck_assert_int_eq(uffd_dirty_collect(t.dirty, &offset, &range, 1), 1);
	ck_assert_uint_eq(range.offset, t.s.m.page);
	ck_assert_int_eq(uffd_dirty_collect(t.dirty, &offset, &range, 1), 1);
	ck_assert_uint_eq(range.offset, 3 * t.s.m.page);
	track_end(&t);
}

TEST_MAIN(changing_mapping)
