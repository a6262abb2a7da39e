/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The alias is a second mapping of the same pages, from the region's place in the file on, which
 * raises no fault; a region has one only when it was asked for.
 */
#include "claims.h"

static void same_memory(uint32_t backing)
{
	size_t n = claim_pages(backing);
	struct uffd_region_opts opts = {.size = sizeof(opts),
					.flags = LIBUFFD_REGION_FD | LIBUFFD_REGION_ALIAS,
					.fault = served_fault};
	struct served s = {0};
	uint8_t *alias;

	if (!is_shared(backing))
		return;
	test_memory_make(&s.m, backing, n);
	s.content = content_make(s.m.length);
	s.ctx = serve_ctx(0);
	/* All but the first page. */
	opts.fd = s.m.fd;
	opts.fd_offset = s.m.page;
	opts.user = &s;
	ck_assert_int_eq(uffd_region_add(&s.region, s.ctx, served_page(&s, 1),
					 s.m.length - s.m.page, LIBUFFD_MISSING | LIBUFFD_MINOR,
					 &opts),
			 0);
	alias = uffd_region_alias(s.region);
	ck_assert_ptr_nonnull(alias);
	ck_assert_ptr_ne(alias, served_page(&s, 1));
	claim(&s, 0, n - 1);
	for (size_t p = 0; p < n - 1; p++)
		ck_assert_uint_eq(alias[p * s.m.page], 0);
	memcpy(alias, s.content, s.m.length - s.m.page);
	expect_silence(uffd_ctx_fd(s.ctx));
	ck_assert_int_eq(uffd_continue(s.region, 0, s.m.length - s.m.page, 0), 0);
	ck_assert_mem_eq(served_page(&s, 1), s.content, s.m.length - s.m.page);
	served_page(&s, 1)[5] = 0xee;
	ck_assert_uint_eq(alias[5], 0xee);
	serve_end(&s);

	claims_make(&s, backing, 0, 0, 0);
	ck_assert_ptr_null(uffd_region_alias(s.region));
	serve_end(&s);
}

static void is_the_same_memory(void)
{
	each_backing(same_memory);
	ck_assert_ptr_null(uffd_region_alias(NULL));
}
TEST_MAIN(is_the_same_memory)
