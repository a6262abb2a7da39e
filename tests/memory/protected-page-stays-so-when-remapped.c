/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A write-protected page of shared memory that has left the page table (MADV_DONTNEED; reclaim does
 * the same) is mapped again for the next reader with its protection: the first write is reported.
 * A page whose protection had been lifted is not protected again by that.
 */
#include "claims.h"

static void remapped(uint32_t backing)
{
	struct toucher t;
	struct served s;

	if (!is_shared(backing))
		return;
	claims_make(&s, backing, 0, LIBUFFD_WP, 0);
	claim(&s, 0, 2);
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, 2 * s.m.page, LIBUFFD_RESOLVE_WP), 0);
	ck_assert_int_eq(uffd_writeprotect(s.region, s.m.page, s.m.page, 0), 0);
	ck_assert_int_eq(madvise(s.m.at, 2 * s.m.page, MADV_DONTNEED), 0);
	for (size_t p = 0; p < 2; p++) {
		ck_assert(!page_mapped(served_page(&s, p)));
		touch_start(&t, served_page(&s, p), false, 0);
		answer(&s);
		wait_end(&t, first_byte(&s, p));
	}
	ck_assert_msg(page_protected(served_page(&s, 0)), "%s: the protection is lost",
		      uffd_backing_name(backing));
	ck_assert(!page_protected(served_page(&s, 1)));
	serve_end(&s);
}

static void stays_so(void)
{
	each_backing(remapped);
}
TEST_MAIN(stays_so)
