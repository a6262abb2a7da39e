/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * While a region is tracked it cannot be tracked twice, removed, closed or released with its
 * context, and nobody else decides what is protected; each refusal changes nothing, and after the
 * stop all of it works.
 */
#include "../input/input.h"
#include "tracked.h"

#define PAGES 4u

static void protects_by_hand(struct tracked *t, int wanted)
{
	EXPECT(uffd_writeprotect(t->s.region, 0, t->s.m.page, 1), wanted);
	EXPECT(uffd_writeprotect(t->s.region, 0, t->s.m.page, 0), wanted);
}

static void stays(uint32_t method, const struct track_kind *kind)
{
	struct uffd_dirty *second = NO_HANDLE(struct uffd_dirty);
	struct tracked t;
	int fd = -1;

	track_serve(&t, method, kind, PAGES, 0, 0, (struct uffd_region_opts){0});
	for (size_t k = 0; k < PAGES; k++)
		track_write(&t, k);
	protects_by_hand(&t, 0);
	track_start(&t);
	track_write(&t, 1);
	EXPECT(uffd_dirty_start(&second, t.s.region, NULL), -EBUSY);
	ck_assert_ptr_eq(second, NO_HANDLE(struct uffd_dirty));
	protects_by_hand(&t, -EBUSY);
	for (uint32_t how = LIBUFFD_CLOSE_REFUSE; how <= LIBUFFD_CLOSE_DROP; how++)
		EXPECT(uffd_region_remove(t.s.region, how), -EBUSY);
	EXPECT_DIRTY(&t, "1");
	track_write(&t, 0);
	track_write(&t, 2);
	EXPECT(uffd_loop_close(t.s.loop), 0);
	t.s.loop = NULL;
	EXPECT(uffd_ctx_close(t.s.ctx, LIBUFFD_CLOSE_DROP), -EBUSY);
	EXPECT(uffd_ctx_close(t.s.ctx, LIBUFFD_CLOSE_FINISH), -EBUSY);
	EXPECT(uffd_ctx_release(t.s.ctx, &fd), -EBUSY);
	ck_assert_int_eq(fd, -1);
	t.s.loop = serve_start(t.s.ctx, NULL);
	track_write(&t, 3);
	EXPECT_DIRTY(&t, "0 2-3");
	EXPECT_DIRTY(&t, "");
	track_stop(&t);
	protects_by_hand(&t, 0);
	EXPECT(uffd_region_remove(t.s.region, LIBUFFD_CLOSE_DROP), 0);
	track_end(&t);
}

/* A region whose user has the write faults; WP_ASYNC has none to give. */
static void with_a_callback(uint32_t method)
{
	struct tracked t;

	track_serve(&t, method, &track_kinds[0], PAGES, 0, 0,
		    (struct uffd_region_opts){.wp_fault = wp_never});
	EXPECT(uffd_dirty_start(&t.dirty, t.s.region, NULL), -EBUSY);
	protects_by_hand(&t, 0);
	t.dirty = NULL;
	track_end(&t);
}

static void released(uint32_t method)
{
	struct tracked t;
	int fd = -1;

	track_serve(&t, method, &track_kinds[0], PAGES, 0, 0, (struct uffd_region_opts){0});
	track_start(&t);
	track_stop(&t);
	EXPECT(uffd_loop_close(t.s.loop), 0);
	EXPECT(uffd_ctx_release(t.s.ctx, &fd), 0);
	close(fd);
	munmap(t.s.content, t.s.m.length);
	test_memory_free(&t.s.m);
}

static void tracked_region_stays(void)
{
	track_each(stays, PAGES);
	for (uint32_t method = LIBUFFD_DIRTY_ASYNC; method <= LIBUFFD_DIRTY_SYNC; method++) {
		with_a_callback(method);
		released(method);
	}
}

TEST_MAIN(tracked_region_stays)
