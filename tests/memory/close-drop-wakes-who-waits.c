/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Dropped pages read as zeros, or as what is in the cache, and no thread goes on waiting for them:
 * not on a missing page, not on a cached one, not on a write-protected one, and not one whose
 * message had been read.
 */
#include "claims.h"

static void wakes(uint32_t backing, bool whole)
{
	size_t n = claim_pages(backing);
	struct toucher missing, read_before, cached, protected;
	struct page_run run;
	struct served s;

	claims_make(&s, backing, 0, LIBUFFD_WP, 0);
	claim(&s, 1, 2);
	ck_assert_int_eq(
		uffd_copy(s.region, s.m.page, s.content + s.m.page, s.m.page, LIBUFFD_RESOLVE_WP),
		0);
	touch_start(&read_before, served_page(&s, n - 1), false, 0);
	ck_assert_int_eq(admit(&s, &run), PAGE_CLAIMED);
	ck_assert_int_eq(uffd_abandon(s.region, (n - 1) * s.m.page, s.m.page), 0);
	touch_start(&missing, served_page(&s, 0), false, 0);
	touch_start(&protected, served_page(&s, 1), true, 0xee);
	if (is_shared(backing)) {
		ck_assert_int_eq(uffd_populate(s.region, 2 * s.m.page, s.content + 2 * s.m.page,
					       s.m.page, 0),
				 0);
		touch_start(&cached, served_page(&s, 2), false, 0);
		ck_assert(touch_asleep(&cached));
	} else {
		ck_assert_int_eq(uffd_abandon(s.region, 2 * s.m.page, s.m.page), 0);
	}
	ck_assert(touch_asleep(&missing) && touch_asleep(&read_before) && touch_asleep(&protected));
	if (!whole)
		ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_DROP), 0);
	else
		ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_DROP), 0);
	wait_end(&missing, 0);
	wait_end(&read_before, 0);
	ck_assert_int_eq(touch_join(&protected), TOUCH_DONE);
	if (is_shared(backing))
		wait_end(&cached, first_byte(&s, 2));
	ck_assert_uint_eq(*served_page(&s, 1), 0xee);
	ck_assert(all_zero(served_page(&s, n - 1), s.m.page));
	if (!whole)
		ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_REFUSE), 0);
	munmap(s.content, s.m.length);
	test_memory_free(&s.m);
}

static void both(uint32_t backing)
{
	wakes(backing, false);
	wakes(backing, true);
}

static void wakes_who_waits(void)
{
	struct uffd_ctx *ctx =
		serve_ctx(UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_HUGETLBFS_SHMEM);

	ck_assert_int_eq(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	each_backing(both);
}
TEST_MAIN(wakes_who_waits)
