/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * POISON of a present page is EEXIST and leaves the page, and so is POISON of a write-protect
 * marker. Where WRITEPROTECT of an empty page left no marker (anonymous memory without
 * WP_UNPOPULATED) it succeeds.
 */
#include "expect.h"

static void poison_hole_after_writeprotect(uint64_t feature)
{
	struct test_memory m;
	struct toucher t;
	int fd = test_uffd(UFFD_FEATURE_POISON | UFFD_FEATURE_PAGEFAULT_FLAG_WP | feature);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	memset(page_at(&m, 0), 9, m.page);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP);
	EXPECT_ANSWER(ask_poison(fd, page_at(&m, 0), m.page, 0), -EEXIST, -EEXIST);
	ck_assert(bytes_are(page_at(&m, 0), 9, m.page));

	ck_assert_int_eq(uffd_raw_writeprotect(fd, address(page_at(&m, 1)), m.page,
					       UFFDIO_WRITEPROTECT_MODE_WP),
			 0);
	ck_assert(!page_mapped(page_at(&m, 1)));
	if (feature) {
		ck_assert(page_protected(page_at(&m, 1)));
		EXPECT_ANSWER(ask_poison(fd, page_at(&m, 1), m.page, 0), -EEXIST, -EEXIST);
		ck_assert(page_protected(page_at(&m, 1)));
	} else {
		ck_assert(!page_protected(page_at(&m, 1)));
		EXPECT_ANSWER(ask_poison(fd, page_at(&m, 1), m.page, 0), 0, m.page);
		touch_start(&t, page_at(&m, 1), false, 0);
		ck_assert_int_eq(touch_join(&t), TOUCH_SIGBUS);
	}
	expect_silence(fd);
	test_memory_free(&m);
	close(fd);
}

static void poison_present_and_marked_pages(void)
{
	poison_hole_after_writeprotect(UFFD_FEATURE_WP_UNPOPULATED);
	poison_hole_after_writeprotect(0);
}
TEST_MAIN(poison_present_and_marked_pages)
