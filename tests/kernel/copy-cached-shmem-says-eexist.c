/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* On shared memory COPY's EEXIST also means: in the page cache, yet not in the page table. */
#include "expect.h"

static void copy_onto_cached_shmem(void)
{
	struct test_memory m;
	uint8_t *from;
	int fd = test_uffd(UFFD_FEATURE_MISSING_SHMEM);

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 1);
	from = pattern_make(&m, 5);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	page_pwrite(&m, 0, 9);
	EXPECT_ANSWER(ask_copy(fd, m.at, from, m.page, 0), -EEXIST, -EEXIST);
	ck_assert(!page_mapped(m.at));
	ck_assert(bytes_are(m.at, 9, m.page));
	pattern_free(&m, from);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(copy_onto_cached_shmem)
