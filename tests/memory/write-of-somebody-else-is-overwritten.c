/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What somebody put in the page cache behind a claim, whole or half a page, is not the content: the
 * completion puts that over it and maps it, for those who wait too.
 */
#include "claims.h"

static void overwritten(uint32_t backing)
{
	size_t n = claim_pages(backing), other = n / 2;
	struct toucher t;
	struct served s;
	uint8_t *alias;

	if (!is_shared(backing))
		return;
	for (int zero = 0; zero < 2; zero++) {
		claims_make(&s, backing, 0, 0, 0);
		alias = test_memory_alias(&s.m);
		claim(&s, 0, n);
		wait_start(&s, &t, other);
		memset(alias + other * s.m.page, 0xee, s.m.page / 2);
		memset(alias + (n - 1) * s.m.page, 0xee, s.m.page);
		if (zero)
			ck_assert_int_eq(uffd_zero(s.region, 0, s.m.length, 0), 0);
		else
			ck_assert_int_eq(uffd_copy(s.region, 0, s.content, s.m.length, 0), 0);
		wait_end(&t, zero ? 0 : first_byte(&s, other));
		if (zero)
			expect_zeros(&s, 0, n);
		else
			expect_content(&s, 0, n);
		expect_state(&s, 0, n, LIBUFFD_PAGE_CACHED);
		munmap(alias, s.m.length);
		serve_end(&s);
	}
}

static void somebody_else(void)
{
	each_backing(overwritten);
}
TEST_MAIN(somebody_else)
