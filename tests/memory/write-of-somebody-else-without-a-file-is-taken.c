/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Shared memory whose file the region does not know: what is in the page cache is taken as it is,
 * mapped, and whoever waits goes on. It is never an error and never a hang.
 */
#include "claims.h"

static void taken(uint32_t backing)
{
	size_t n = claim_pages(backing), other = n / 2;
	struct served s = {0};
	struct toucher t;
	uint8_t *alias;

	if (!is_shared(backing))
		return;
	test_memory_make(&s.m, backing, n);
	s.content = content_make(s.m.length);
	s.ctx = serve_ctx(0);
	/* No MINOR: a region without its file. */
	claims_add(&s, LIBUFFD_MISSING, 0);
	alias = test_memory_alias(&s.m);
	claim(&s, 0, n);
	wait_start(&s, &t, other);
	memset(alias + other * s.m.page, 0xee, s.m.page);
	ck_assert(touch_asleep(&t));
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, s.m.length, 0), 0);
	wait_end(&t, 0xee);
	expect_content(&s, 0, other);
	expect_content(&s, other + 1, n - other - 1);
	ck_assert(bytes_are(served_page(&s, other), 0xee, s.m.page));
	expect_state(&s, 0, n, LIBUFFD_PAGE_CACHED);
	munmap(alias, s.m.length);
	serve_end(&s);
}

static void taken_as_it_is(void)
{
	each_backing(taken);
}
TEST_MAIN(taken_as_it_is)
