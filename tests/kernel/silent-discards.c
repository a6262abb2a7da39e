/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * fallocate(PUNCH_HOLE), MADV_GUARD_INSTALL and MADV_PAGEOUT send no event, though the first two
 * throw the content away.
 */
#include "expect.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif
#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

static void guard_install(int fd)
{
	struct test_memory m;
	int ret;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	memset(m.at, 1, m.length);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	ret = madvise(m.at, m.page, MADV_GUARD_INSTALL);
	if (ret == 0)
		ck_assert(!page_mapped(m.at));
	else
		ck_assert_int_eq(errno, EINVAL); /* before 6.13 */
	expect_silence(fd);
	test_memory_free(&m);
}

static void silent_discards(void)
{
	struct test_memory m;
	/* A call that sent an event would block here until the test's time is over. */
	int fd = test_uffd(UFFD_FEATURE_EVENT_REMOVE | UFFD_FEATURE_EVENT_REMAP |
			   UFFD_FEATURE_MISSING_SHMEM);

	guard_install(fd);
	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 2);
	memset(m.at, 1, m.length);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	ck_assert_int_eq(
		fallocate(m.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)m.page), 0);
	ck_assert(!page_mapped(page_at(&m, 0)));
	ck_assert(!page_cached(&m, 0));
	expect_silence(fd);
	ck_assert_int_eq(madvise(page_at(&m, 1), m.page, MADV_PAGEOUT), 0);
	expect_silence(fd);
	test_memory_free(&m);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	memset(m.at, 1, m.length);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	ck_assert_int_eq(madvise(m.at, m.page, MADV_PAGEOUT), 0);
	expect_silence(fd);
	ck_assert_int_eq(expect_silent_touch(fd, m.at, false, 0), 1);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(silent_discards)
