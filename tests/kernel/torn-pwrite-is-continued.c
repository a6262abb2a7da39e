/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A pwrite of one page is not atomic against CONTINUE when its source buffer reaches into a page
 * that is not resident: here that page is a userfault of its own, which stops the pwrite in the
 * middle for as long as it takes to see the half-written page.
 */
#include "call.h"
#include "expect.h"

static void torn_pwrite_is_continued(void)
{
	struct test_memory m, source;
	struct call writer;
	uint8_t *from;
	int fd = test_uffd(UFFD_FEATURE_MINOR_SHMEM), source_fd = test_uffd(0);
	size_t half;

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 1);
	test_memory_make(&source, LIBUFFD_BACKING_ANON, 2);
	half = m.page / 2;
	from = pattern_make(&source, 5);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MINOR);
	expect_register(source_fd, &source, UFFDIO_REGISTER_MODE_MISSING);
	EXPECT_ANSWER(ask_copy(source_fd, source.at, from, source.page, 0), 0, source.page);

	call_pwrite(&writer, m.fd, page_at(&source, 0) + half, m.page, 0);
	expect_fault(source_fd, page_at(&source, 1), 0);
	ck_assert_msg(page_cached(&m, 0),
		      "fact changed: pwrite faults its whole source in before it writes");
	EXPECT_ANSWER(ask_continue(fd, m.at, m.page, 0), 0, m.page);
	ck_assert(bytes_are(m.at, 5, half));
	ck_assert(bytes_are(page_at(&m, 0) + half, 0, half));

	EXPECT_ANSWER(ask_copy(source_fd, page_at(&source, 1), from + source.page, source.page, 0),
		      0, source.page);
	ck_assert_int_eq(call_join(&writer), (long)m.page);
	ck_assert(bytes_are(m.at, 5, half));
	ck_assert(bytes_are(page_at(&m, 0) + half, 6, half));
	pattern_free(&source, from);
	test_memory_free(&source);
	test_memory_free(&m);
	close(source_fd);
	close(fd);
}
TEST_MAIN(torn_pwrite_is_continued)
