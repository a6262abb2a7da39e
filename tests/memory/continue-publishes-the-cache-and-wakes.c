/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Content written through the alias reaches nobody before uffd_continue(), and everybody who waits
 * after it. A page that is not in the cache is -EFAULT; where pages before it are done the answer
 * is how far they go. The rest is still claimed.
 */
#include "claims.h"

static void publishes(uint32_t backing)
{
	size_t n = claim_pages(backing);
	struct toucher first, last;
	struct served s;
	uint8_t *alias;

	if (!is_shared(backing))
		return;
	claims_make(&s, backing, 0, 0, LIBUFFD_REGION_ALIAS);
	alias = uffd_region_alias(s.region);
	ck_assert_ptr_nonnull(alias);
	claim(&s, 0, n);
	wait_start(&s, &first, 0);
	memcpy(alias, s.content, s.m.length - s.m.page);
	ck_assert(touch_asleep(&first));
	ck_assert(!page_mapped(served_page(&s, 1)));
	/* The last page is still missing. */
	ck_assert_int_eq(uffd_continue(s.region, 0, s.m.length, 0),
			 (int64_t)(s.m.length - s.m.page));
	wait_end(&first, first_byte(&s, 0));
	expect_state(&s, 0, n - 1, LIBUFFD_PAGE_CACHED);
	/* That somebody may wait for it is only a guess now. */
	ck_assert_uint_eq(LIBUFFD_PAGE_STATE(page_state(&s, n - 1)), LIBUFFD_PAGE_BUSY);

	wait_start(&s, &last, n - 1);
	ck_assert_int_eq(uffd_continue(s.region, s.m.length - s.m.page, s.m.page, 0), -EFAULT);
	expect_state(&s, n - 1, 1, LIBUFFD_PAGE_BUSY | LIBUFFD_PAGE_WAITERS);
	ck_assert(touch_asleep(&last));
	memcpy(alias + s.m.length - s.m.page, s.content + s.m.length - s.m.page, s.m.page);
	ck_assert_int_eq(uffd_continue(s.region, s.m.length - s.m.page, s.m.page, 0), 0);
	wait_end(&last, first_byte(&s, n - 1));
	expect_content(&s, 0, n);
	expect_state(&s, 0, n, LIBUFFD_PAGE_CACHED);
	serve_end(&s);
}

static void continue_publishes(void)
{
	each_backing(publishes);
}
TEST_MAIN(continue_publishes)
