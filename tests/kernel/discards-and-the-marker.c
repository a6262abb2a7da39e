/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What is left of the protection of a page that is thrown away: nothing of anonymous memory, a
 * marker everywhere else, also where the content changes by it (a hole, a private mapping).
 */
#include "scan.h"

enum discard { DONTNEED, REMOVE, PUNCH };

static bool left(uint32_t backing, enum discard how)
{
	struct test_memory m;
	bool marker;
	int fd;

	test_memory_make(&m, backing, 4);
	fd = scan_uffd(&m);
	for (size_t k = 0; k < 4; k++)
		write_page(&m, k);
	protect_all(fd, &m);
	if (how == PUNCH)
		ck_assert_int_eq(fallocate(m.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
					   (off_t)m.page, (off_t)m.page),
				 0);
	else
		ck_assert_int_eq(madvise(page_at(&m, 1), m.page,
					 how == REMOVE ? MADV_REMOVE : MADV_DONTNEED),
				 0);
	ck_assert(!page_mapped(page_at(&m, 1)));
	ck_assert(page_mapped(page_at(&m, 2)) && page_protected(page_at(&m, 2)));
	marker = page_protected(page_at(&m, 1));
	test_memory_free(&m);
	close(fd);
	return marker;
}

static void discards_and_the_marker(void)
{
	ck_assert(!left(LIBUFFD_BACKING_ANON, DONTNEED));
	ck_assert(left(LIBUFFD_BACKING_SHMEM, DONTNEED));
	ck_assert(left(LIBUFFD_BACKING_SHMEM, REMOVE));
	ck_assert(left(LIBUFFD_BACKING_SHMEM, PUNCH));
	ck_assert(left(LIBUFFD_BACKING_SHMEM_PRIVATE, DONTNEED));
	ck_assert(left(LIBUFFD_BACKING_HUGETLB, DONTNEED));
	ck_assert(left(LIBUFFD_BACKING_HUGETLB_PRIVATE, DONTNEED));
	ck_assert(left(LIBUFFD_BACKING_HUGETLB, PUNCH));
}
TEST_MAIN(discards_and_the_marker)
