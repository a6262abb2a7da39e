/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Memory whose mapping was split before it became a region is one region all the same. */
#include "claims.h"

static void over(uint32_t backing)
{
	size_t n = claim_pages(backing);
	struct served s = {0};

	test_memory_make(&s.m, backing, n);
	s.content = content_make(s.m.length);
	for (size_t p = 1; p < n; p += 2)
		ck_assert_int_eq(mprotect(served_page(&s, p), s.m.page, PROT_READ), 0);
	s.ctx = serve_ctx(0);
	claims_add(&s, fill_modes(backing), 0);
	ck_assert_uint_eq(uffd_region_length(s.region), s.m.length);
	ck_assert_uint_eq(uffd_region_backing(s.region), backing);
	ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	expect_content(&s, 0, n);
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_REFUSE), 0);
	serve_end(&s);
}

static void several_mappings(void)
{
	each_backing(over);
}
TEST_MAIN(several_mappings)
