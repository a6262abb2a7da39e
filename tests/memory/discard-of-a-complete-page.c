/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A complete page that is thrown away is zeros from then on: on private memory it is EMPTY at once;
 * on shared memory it stays as it is until the next fault finds its hole, and if it was only
 * unmapped (MADV_DONTNEED) that fault finds its content.
 */
#include "claims.h"

static void fill_all(struct served *s, uint32_t backing)
{
	claims_make(s, backing, LIBUFFD_CTX_DISCARDS, 0, 0);
	claim(s, 0, claim_pages(backing));
	ck_assert_int_eq(uffd_copy(s->region, 0, s->content, s->m.length, 0), 0);
}

static uint8_t touch_again(struct served *s, size_t page)
{
	struct toucher t;

	touch_start(&t, served_page(s, page), false, 0);
	answer(s);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	return t.value;
}

static void private_memory(uint32_t backing)
{
	struct served s;

	if (is_shared(backing))
		return;
	fill_all(&s, backing);
	ck_assert_int_eq(uffd_discard(s.region, s.m.page, s.m.page), 0);
	expect_state(&s, 1, 1, LIBUFFD_PAGE_EMPTY | LIBUFFD_PAGE_DISCARDED);
	ck_assert_int_eq(madvise(served_page(&s, 1), s.m.page, MADV_DONTNEED), 0);
	ck_assert_uint_eq(touch_again(&s, 1), 0);
	expect_zeros(&s, 1, 1);
	expect_content(&s, 2, 1);
	/* Not announced: the fault finds a complete page gone, and does not bring old bytes back.
	 */
	ck_assert_int_eq(madvise(served_page(&s, 2), s.m.page, MADV_DONTNEED), 0);
	ck_assert_uint_eq(touch_again(&s, 2), 0);
	expect_zeros(&s, 2, 1);
	ck_assert(page_state(&s, 2) & LIBUFFD_PAGE_DISCARDED);
	ck_assert_int_eq(atomic_load(&s.calls), 0);
	serve_end(&s);
}

static void shared_memory(uint32_t backing)
{
	struct served s;

	if (!is_shared(backing))
		return;
	for (int announced = 0; announced < 2; announced++) {
		fill_all(&s, backing);
		if (announced)
			ck_assert_int_eq(uffd_discard(s.region, s.m.page, 2 * s.m.page), 0);
		expect_state(&s, 1, 2, LIBUFFD_PAGE_CACHED);
		/* Page 1 gets a hole, page 2 only leaves the page table. */
		ck_assert_int_eq(fallocate(s.m.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
					   (off_t)s.m.page, (off_t)s.m.page),
				 0);
		ck_assert_int_eq(madvise(served_page(&s, 2), s.m.page, MADV_DONTNEED), 0);
		ck_assert_uint_eq(touch_again(&s, 1), 0);
		expect_zeros(&s, 1, 1);
		expect_state(&s, 1, 1, LIBUFFD_PAGE_CACHED | LIBUFFD_PAGE_DISCARDED);
		ck_assert_uint_eq(touch_again(&s, 2), first_byte(&s, 2));
		expect_content(&s, 2, 1);
		expect_state(&s, 2, 1, LIBUFFD_PAGE_CACHED);
		ck_assert_int_eq(atomic_load(&s.calls), 0);
		serve_end(&s);
	}
}

static void complete_page(void)
{
	each_backing(private_memory);
	each_backing(shared_memory);
}
TEST_MAIN(complete_page)
