/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * After fork(): the child is refused everything on the parent's tracking and frees its copy, before
 * or after the context's; the parent's goes on, and has missed nothing.
 */
#include "../input/input.h"
#include "tracked.h"

#define PAGES 8u

static void no_leaks(void)
{
	if (__lsan_do_recoverable_leak_check)
		CHILD_EXPECT(__lsan_do_recoverable_leak_check(), 0);
}

static void refused(struct tracked *t)
{
	struct uffd_dirty *second = NO_HANDLE(struct uffd_dirty);
	struct uffd_range range = {77, 78};
	uint64_t offset = 0;

	CHILD_EXPECT(uffd_dirty_start(&second, t->s.region, NULL), -ECHILD);
	CHILD_EXPECT(second == NO_HANDLE(struct uffd_dirty), 1);
	CHILD_EXPECT(uffd_dirty_collect(t->dirty, &offset, &range, 1), -ECHILD);
	CHILD_EXPECT(offset == 0 && range.offset == 77, 1);
	CHILD_EXPECT(uffd_dirty_mark(t->dirty, 0, t->s.m.page), -ECHILD);
}

static void tracking_first(void *arg)
{
	struct tracked *t = arg;

	refused(t);
	CHILD_EXPECT(uffd_dirty_stop(t->dirty), 0);
	CHILD_EXPECT(uffd_loop_close(t->s.loop), 0);
	CHILD_EXPECT(uffd_ctx_close(t->s.ctx, LIBUFFD_CLOSE_REFUSE), 0);
	memset(t, 0, sizeof(*t));
	no_leaks();
}

static void tracking_last(void *arg)
{
	struct tracked *t = arg;

	CHILD_EXPECT(uffd_loop_close(t->s.loop), 0);
	CHILD_EXPECT(uffd_ctx_close(t->s.ctx, LIBUFFD_CLOSE_REFUSE), 0);
	CHILD_EXPECT(uffd_dirty_stop(t->dirty), 0);
	memset(t, 0, sizeof(*t));
	no_leaks();
}

/* Writes to its own memory, which nobody tracks. */
static void writes(void *arg)
{
	struct tracked *t = arg;

	track_write(t, 1);
	track_write(t, 2);
	track_write(t, 6);
}

static void forked(uint32_t method, const struct track_kind *kind)
{
	struct tracked t;

	/* The pages of a region that was registered for MISSING are nobody's in the child. */
	if (kind->modes || kind->backing == LIBUFFD_BACKING_HUGETLB_PRIVATE)
		return;
	track_serve(&t, method, kind, PAGES, 0, 0, (struct uffd_region_opts){0});
	for (size_t k = 0; k < PAGES / 2; k++)
		track_write(&t, k);
	track_start(&t);
	track_write(&t, 2);
	in_child(writes, &t);
	in_child(tracking_first, &t);
	in_child(tracking_last, &t);
	track_write(&t, 3);
	track_write(&t, 7);
	EXPECT_DIRTY(&t, "2-3 7");
	track_write(&t, 2);
	EXPECT_DIRTY(&t, "2");
	EXPECT_DIRTY(&t, "");
	track_end(&t);
}

static void forked_child_is_refused(void)
{
	track_each(forked, PAGES);
}

TEST_MAIN(forked_child_is_refused)
