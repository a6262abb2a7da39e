/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What is no type, no page size or no struct of ours is refused, and the struct left as it was. */
#include "test.h"

#include <uffd/probe.h>

#define UNTOUCHED 77

static void refuses(uint32_t backing, uint64_t page_size, uint64_t size, int error)
{
	struct uffd_memory_abilities can = {.size = size, .copy = UNTOUCHED};

	ck_assert_int_eq(uffd_probe_memory(backing, page_size, &can), error);
	ck_assert_int_eq(can.copy, UNTOUCHED);
	ck_assert_uint_eq(can.size, size);
}

/* A caller of a later version, with a longer struct. */
static void longer_struct(void)
{
	struct {
		struct uffd_memory_abilities can;
		uint64_t later[4];
	} longer = {.can.size = sizeof(longer), .can.copy = UNTOUCHED, .later = {[3] = 1}};
	int ret = uffd_probe_memory(LIBUFFD_BACKING_ANON, 0, &longer.can);

	ck_assert_int_eq(ret, -E2BIG);
	ck_assert_int_eq(longer.can.copy, UNTOUCHED);
	longer.later[3] = 0;
	ret = uffd_probe_memory(LIBUFFD_BACKING_ANON, 0, &longer.can);
	if (ret == -EPERM || ret == -EACCES || ret == -ENOSYS)
		test_skip("no userfaultfd: %s", strerror(-ret));
	ck_assert_int_eq(ret, 0);
	ck_assert_uint_eq(longer.can.size, sizeof(longer));
	ck_assert_int_eq(longer.can.available, 1);
}

static void bad_arguments(void)
{
	const uint64_t size = sizeof(struct uffd_memory_abilities);
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	ck_assert_int_eq(uffd_probe_memory(LIBUFFD_BACKING_ANON, 0, NULL), -EINVAL);
	refuses(LIBUFFD_BACKING_DETECT, 0, size, -EINVAL);
	refuses(LIBUFFD_BACKING_COUNT, 0, size, -EINVAL);
	refuses(UINT32_MAX, 0, size, -EINVAL);
	refuses(LIBUFFD_BACKING_ANON, 2 * page, size, -EINVAL);
	refuses(LIBUFFD_BACKING_SHMEM, page - 1, size, -EINVAL);
	refuses(LIBUFFD_BACKING_SHMEM_PRIVATE, 1, size, -EINVAL);
	refuses(LIBUFFD_BACKING_GUEST_MEMFD, 2u << 20, size, -EINVAL);
	refuses(LIBUFFD_BACKING_HUGETLB, page, size, -EINVAL);
	refuses(LIBUFFD_BACKING_HUGETLB, 3u << 20, size, -EINVAL);
	refuses(LIBUFFD_BACKING_HUGETLB_PRIVATE, UINT64_MAX, size, -EINVAL);
	refuses(LIBUFFD_BACKING_ANON, 0, 0, -EINVAL);
	refuses(LIBUFFD_BACKING_ANON, 0, size - 1, -EINVAL);
	longer_struct();
}

TEST_MAIN(bad_arguments)
