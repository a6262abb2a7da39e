/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Present pages can be write-protected without a claim, in memory of several mappings too; lifting
 * the protection wakes who wrote. Errors change nothing.
 */
#include "claims.h"

static void protects(uint32_t backing)
{
	size_t n = claim_pages(backing);
	struct toucher t;
	struct served s;
	int fd;

	claims_make(&s, backing, 0, LIBUFFD_WP, 0);
	fd = uffd_ctx_fd(s.ctx);
	claim(&s, 0, n);
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, s.m.length, 0), 0);
	ck_assert(!page_protected(served_page(&s, 0)));
	/* A mapping of its own in the middle. */
	ck_assert_int_eq(mprotect(served_page(&s, 1), s.m.page, PROT_READ), 0);
	ck_assert_int_eq(uffd_writeprotect(s.region, 0, s.m.length, 1), 0);
	for (size_t p = 0; p < n; p++)
		ck_assert(page_protected(served_page(&s, p)));
	expect_state(&s, 0, n, LIBUFFD_PAGE_CACHED);
	expect_content(&s, 0, n);

	touch_start(&t, served_page(&s, n - 1), true, 1);
	expect_fault(fd, served_page(&s, n - 1),
		     UFFD_PAGEFAULT_FLAG_WP | UFFD_PAGEFAULT_FLAG_WRITE);
	ck_assert(touch_asleep(&t));
	ck_assert_int_eq(uffd_writeprotect(s.region, 0, s.m.length, 0), 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_uint_eq(*served_page(&s, n - 1), 1);
	ck_assert(!page_protected(served_page(&s, 0)));

	ck_assert_int_eq(uffd_writeprotect(NULL, 0, s.m.page, 1), -EINVAL);
	ck_assert_int_eq(uffd_writeprotect(s.region, 1, s.m.page, 1), -EINVAL);
	ck_assert_int_eq(uffd_writeprotect(s.region, 0, 0, 1), -EINVAL);
	ck_assert_int_eq(uffd_writeprotect(s.region, s.m.length, s.m.page, 1), -ERANGE);
	ck_assert(!page_protected(served_page(&s, 0)));
	ck_assert_int_eq(munmap(served_page(&s, n - 1), s.m.page), 0);
	ck_assert_int_eq(uffd_writeprotect(s.region, (n - 1) * s.m.page, s.m.page, 1), -ENOENT);
	serve_end(&s);

	claims_make(&s, backing, 0, 0, 0);
	ck_assert_int_eq(uffd_writeprotect(s.region, 0, s.m.length, 1), -EOPNOTSUPP);
	claim(&s, 0, 1);
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, s.m.page, LIBUFFD_RESOLVE_WP),
			 -EOPNOTSUPP);
	expect_state(&s, 0, 1, LIBUFFD_PAGE_BUSY);
	ck_assert_int_eq(uffd_abandon(s.region, 0, s.m.page), 0);
	serve_end(&s);
}

static void protect_and_lift(void)
{
	each_backing(protects);
}
TEST_MAIN(protect_and_lift)
