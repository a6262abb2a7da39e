/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * On tmpfs with huge=always one page that is written fills 2 MiB of the page cache. The pages that
 * nobody wrote get their own content when they are completed, not the spill's zeros.
 */
#include "claims.h"
#include "hugepage.h"

static void spill_is_overwritten(void)
{
	struct served s = {0};
	size_t n;

	tmpfs_huge_make(&s.m);
	n = s.m.length / s.m.page;
	s.content = content_make(s.m.length);
	s.ctx = serve_ctx(0);
	claims_add(&s, LIBUFFD_MISSING | LIBUFFD_MINOR, 0);
	claim(&s, 0, n);
	ck_assert_int_eq(uffd_populate(s.region, 0, s.content, s.m.page, 0), 0);
	if (!page_cached(&s.m, n - 1))
		test_skip("writing 4 KiB did not fill a huge page");
	/* A few one by one, the rest at once. */
	for (size_t p = 1; p < 4; p++)
		ck_assert_int_eq(
			uffd_copy(s.region, p * s.m.page, s.content + p * s.m.page, s.m.page, 0),
			0);
	ck_assert_int_eq(
		uffd_copy(s.region, 4 * s.m.page, s.content + 4 * s.m.page, (n - 4) * s.m.page, 0),
		0);
	expect_content(&s, 1, n - 1);
	expect_state(&s, 0, n, LIBUFFD_PAGE_CACHED);
	serve_end(&s);
}
TEST_MAIN(spill_is_overwritten)
