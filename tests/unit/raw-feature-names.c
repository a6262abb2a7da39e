/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A feature has the kernel's name at the kernel's bit, and no two have the same. */
#include "test.h"

#include <uffd/raw.h>

static void is_called(uint64_t feature, const char *name)
{
	ck_assert_str_eq(uffd_raw_feature_name((unsigned int)__builtin_ctzll(feature)), name);
}

static void names(void)
{
	unsigned int known = 0;

	is_called(UFFD_FEATURE_PAGEFAULT_FLAG_WP, "PAGEFAULT_FLAG_WP");
	is_called(UFFD_FEATURE_EVENT_FORK, "EVENT_FORK");
	is_called(UFFD_FEATURE_EVENT_REMAP, "EVENT_REMAP");
	is_called(UFFD_FEATURE_EVENT_REMOVE, "EVENT_REMOVE");
	is_called(UFFD_FEATURE_EVENT_UNMAP, "EVENT_UNMAP");
	is_called(UFFD_FEATURE_MISSING_HUGETLBFS, "MISSING_HUGETLBFS");
	is_called(UFFD_FEATURE_MISSING_SHMEM, "MISSING_SHMEM");
	is_called(UFFD_FEATURE_SIGBUS, "SIGBUS");
	is_called(UFFD_FEATURE_THREAD_ID, "THREAD_ID");
	is_called(UFFD_FEATURE_MINOR_HUGETLBFS, "MINOR_HUGETLBFS");
	is_called(UFFD_FEATURE_MINOR_SHMEM, "MINOR_SHMEM");
	is_called(UFFD_FEATURE_EXACT_ADDRESS, "EXACT_ADDRESS");
	is_called(UFFD_FEATURE_WP_HUGETLBFS_SHMEM, "WP_HUGETLBFS_SHMEM");
	is_called(UFFD_FEATURE_WP_UNPOPULATED, "WP_UNPOPULATED");
	is_called(UFFD_FEATURE_POISON, "POISON");
	is_called(UFFD_FEATURE_WP_ASYNC, "WP_ASYNC");
	is_called(UFFD_FEATURE_MOVE, "MOVE");

	for (unsigned int bit = 0; bit < 64; bit++) {
		const char *name = uffd_raw_feature_name(bit);

		known += name != NULL;
		for (unsigned int other = 0; name && other < bit; other++)
			ck_assert_str_ne(name, uffd_raw_feature_name(other));
	}
	ck_assert_uint_ge(known, 17);
	ck_assert_ptr_null(uffd_raw_feature_name(63));
	ck_assert_ptr_null(uffd_raw_feature_name(64));
	ck_assert_ptr_null(uffd_raw_feature_name(UINT32_MAX));
}

TEST_MAIN(names)
