/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * REMOVE is delivered before the page goes. Here another writer holds the file's lock, so that
 * MADV_REMOVE stands still between the two: COPY into a hole says done, COPY onto a page says
 * EEXIST, and afterwards both pages are gone.
 */
#include "call.h"
#include "expect.h"

static struct answer copy_once_settled(int fd, void *at, uint8_t *from, size_t page)
{
	struct answer a;

	/* The remover needs a moment to take note that its event was read. */
	do {
		a = ask_copy(fd, at, from, page, 0);
	} while (a.error == -EAGAIN);
	return a;
}

static void copy_after_remove_is_lost(void)
{
	struct test_memory m, source;
	struct call writer, remover;
	uint8_t *from;
	int fd = test_uffd(UFFD_FEATURE_EVENT_REMOVE | UFFD_FEATURE_MISSING_SHMEM |
			   UFFD_FEATURE_MINOR_SHMEM);
	int source_fd = test_uffd(0);

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 3);
	test_memory_make(&source, LIBUFFD_BACKING_ANON, 1);
	from = pattern_make(&m, 5);
	memset(page_at(&m, 1), 9, m.page);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_MINOR);
	expect_register(source_fd, &source, UFFDIO_REGISTER_MODE_MISSING);

	/* A pwrite that waits for its source holds the file's lock, which MADV_REMOVE needs. */
	call_pwrite(&writer, m.fd, source.at, m.page, (off_t)(2 * m.page));
	expect_fault(source_fd, source.at, 0);
	call_madvise(&remover, m.at, 2 * m.page, MADV_REMOVE);
	expect_event(fd, UFFD_EVENT_REMOVE);

	EXPECT_ANSWER(copy_once_settled(fd, page_at(&m, 0), from, m.page), 0, m.page);
	ck_assert(page_mapped(page_at(&m, 0)) && call_asleep(&remover));
	EXPECT_ANSWER(ask_copy(fd, page_at(&m, 1), from, m.page, 0), -EEXIST, -EEXIST);
	ck_assert(bytes_are(page_at(&m, 0), 5, m.page));

	EXPECT_ANSWER(ask_zeropage(source_fd, source.at, source.page, 0), 0, source.page);
	ck_assert_int_eq(call_join(&writer), (long)m.page);
	ck_assert_int_eq(call_join(&remover), 0);
	for (size_t k = 0; k < 2; k++) {
		ck_assert(!page_mapped(page_at(&m, k)));
		ck_assert(!page_cached(&m, k));
	}
	pattern_free(&m, from);
	test_memory_free(&source);
	test_memory_free(&m);
	close(source_fd);
	close(fd);
}
TEST_MAIN(copy_after_remove_is_lost)
