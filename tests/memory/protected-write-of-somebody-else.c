/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A page that was in the cache already is overwritten and left write-protected, too. */
#include "claims.h"

static void replaced(uint32_t backing)
{
	size_t n = claim_pages(backing);
	struct served s;
	uint8_t *alias;

	if (!is_shared(backing))
		return;
	claims_make(&s, backing, 0, LIBUFFD_WP, 0);
	alias = test_memory_alias(&s.m);
	claim(&s, 0, n);
	memset(alias + s.m.page, 0xee, s.m.page);
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, s.m.length, LIBUFFD_RESOLVE_WP), 0);
	expect_content(&s, 0, n);
	for (size_t p = 0; p < n; p++)
		ck_assert_msg(page_protected(served_page(&s, p)), "page %zu is not protected", p);
	munmap(alias, s.m.length);
	serve_end(&s);
}

static void protected_write(void)
{
	each_backing(replaced);
}
TEST_MAIN(protected_write)
