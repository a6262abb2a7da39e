/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Pages that the program had in its page table before it made the region keep their bytes when a
 * run over them is filled, whichever way, and the pages between them get theirs.
 */
#include "claims.h"

static bool there(size_t page)
{
	return page % 3 == 1;
}

/* how: 0 copy, 1 zero */
static void fills_around(uint32_t backing, int how)
{
	size_t n = claim_pages(backing);
	struct served s = {0};

	test_memory_make(&s.m, backing, n);
	s.content = content_make(s.m.length);
	for (size_t p = 0; p < n; p++)
		if (there(p))
			memset(served_page(&s, p), 0xee, s.m.page);
	s.ctx = serve_ctx(0);
	claims_add(&s, fill_modes(backing), 0);
	claim(&s, 0, n);
	if (how == 0)
		ck_assert_int_eq(uffd_copy(s.region, 0, s.content, s.m.length, 0), 0);
	else
		ck_assert_int_eq(uffd_zero(s.region, 0, s.m.length, 0), 0);
	expect_state(&s, 0, n, LIBUFFD_PAGE_CACHED);
	for (size_t p = 0; p < n; p++) {
		if (there(p))
			ck_assert_msg(bytes_are(served_page(&s, p), 0xee, s.m.page),
				      "%s: page %zu lost its bytes", uffd_backing_name(backing), p);
		else if (how == 0)
			expect_content(&s, p, 1);
		else
			expect_zeros(&s, p, 1);
	}
	serve_end(&s);
}

static void present(uint32_t backing)
{
	fills_around(backing, 0);
	fills_around(backing, 1);
}

static void keeps_what_is_there(void)
{
	each_backing(present);
}
TEST_MAIN(keeps_what_is_there)
