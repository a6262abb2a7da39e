/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Poisoning a run in which a page is in the page table already leaves that page its content. */
#include "claims.h"

static void spares(uint32_t backing)
{
	size_t n = claim_pages(backing), there = 1;
	struct toucher t;
	struct served s = {0};

	test_memory_make(&s.m, backing, n);
	s.content = content_make(s.m.length);
	memcpy(served_page(&s, there), s.content + there * s.m.page, s.m.page);
	s.ctx = serve_ctx(0);
	claims_add(&s, fill_modes(backing), 0);
	if (!(uffd_ctx_features(s.ctx) & UFFD_FEATURE_POISON))
		test_skip("the kernel lacks UFFDIO_POISON");
	claim(&s, 0, n);
	ck_assert_int_eq(uffd_poison(s.region, 0, s.m.length), 0);
	expect_content(&s, there, 1);
	expect_state(&s, there, 1, LIBUFFD_PAGE_CACHED);
	for (size_t p = 0; p < n; p += 2) {
		expect_state(&s, p, 1, LIBUFFD_PAGE_POISONED);
		touch_start(&t, served_page(&s, p), false, 0);
		ck_assert_int_eq(touch_join(&t), TOUCH_SIGBUS);
	}
	serve_end(&s);
}

static void spares_what_is_present(void)
{
	each_backing(spares);
}
TEST_MAIN(spares_what_is_present)
