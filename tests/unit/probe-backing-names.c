/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Each type of memory has its name; what is none has none. */
#include "test.h"

#include <uffd/probe.h>

static void names(void)
{
	ck_assert_str_eq(uffd_backing_name(LIBUFFD_BACKING_ANON), "anon");
	ck_assert_str_eq(uffd_backing_name(LIBUFFD_BACKING_SHMEM), "shmem");
	ck_assert_str_eq(uffd_backing_name(LIBUFFD_BACKING_SHMEM_PRIVATE), "shmem-private");
	ck_assert_str_eq(uffd_backing_name(LIBUFFD_BACKING_HUGETLB), "hugetlb");
	ck_assert_str_eq(uffd_backing_name(LIBUFFD_BACKING_HUGETLB_PRIVATE), "hugetlb-private");
	ck_assert_str_eq(uffd_backing_name(LIBUFFD_BACKING_GUEST_MEMFD), "guest_memfd");
	ck_assert_ptr_null(uffd_backing_name(LIBUFFD_BACKING_DETECT));
	ck_assert_ptr_null(uffd_backing_name(LIBUFFD_BACKING_COUNT));
	ck_assert_ptr_null(uffd_backing_name(UINT32_MAX));
}

TEST_MAIN(names)
