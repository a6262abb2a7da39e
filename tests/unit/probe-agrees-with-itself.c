/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The answers for anonymous and shared memory are those that no kernel can give otherwise, and a
 * type that is not to be had repeats its reason everywhere.
 */
#include "test.h"

#include <uffd/probe.h>
#include <uffd/raw.h>

static struct uffd_memory_abilities probe(uint32_t backing, uint64_t page_size)
{
	struct uffd_memory_abilities can = {.size = sizeof(can)};

	ck_assert_int_eq(uffd_probe_memory(backing, page_size, &can), 0);
	if (can.available != 1) {
		ck_assert_int_lt(can.available, 0);
		ck_assert_int_eq(can.missing, can.available);
		ck_assert_int_eq(can.copy, can.available);
		ck_assert_int_eq(can.writeprotect, can.available);
	}
	return can;
}

static void small_pages(uint64_t features)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct uffd_memory_abilities anon = probe(LIBUFFD_BACKING_ANON, 0);
	struct uffd_memory_abilities shmem = probe(LIBUFFD_BACKING_SHMEM, page);

	ck_assert_uint_eq(anon.page_size, page);
	ck_assert_uint_eq(shmem.page_size, page);
	ck_assert_int_eq(anon.missing, 1);
	ck_assert_int_eq(anon.minor, -EINVAL);
	ck_assert_int_eq(anon.continue_, -EINVAL);
	ck_assert_int_eq(anon.copy, 1);
	ck_assert_int_eq(anon.zeropage, 1);
	ck_assert_int_eq(anon.move == 1, !!(features & UFFD_FEATURE_MOVE));
	ck_assert_int_eq(anon.poison == 1, !!(features & UFFD_FEATURE_POISON));
	ck_assert_int_eq(anon.wp == 1, !!(features & UFFD_FEATURE_PAGEFAULT_FLAG_WP));
	ck_assert_int_eq(anon.writeprotect, anon.wp);
	ck_assert_int_eq(anon.wp_async == 1, !!(features & UFFD_FEATURE_WP_ASYNC));
	ck_assert_int_eq(shmem.missing == 1, !!(features & UFFD_FEATURE_MISSING_SHMEM));
	ck_assert_int_eq(shmem.minor == 1, !!(features & UFFD_FEATURE_MINOR_SHMEM));
	ck_assert_int_eq(shmem.continue_, shmem.minor);
	ck_assert_int_eq(shmem.wp == 1, !!(features & UFFD_FEATURE_WP_HUGETLBFS_SHMEM));
	ck_assert_int_eq(shmem.writeprotect, shmem.wp);
	/* Advertised by UFFDIO_REGISTER, and refused. */
	ck_assert_int_ne(shmem.move, 1);
}

static void huge_pages(void)
{
	struct uffd_memory_abilities usual = probe(LIBUFFD_BACKING_HUGETLB, 0);
	struct uffd_memory_abilities none = probe(LIBUFFD_BACKING_HUGETLB, UINT64_C(1) << 50);

	/* A size that this machine has no pool of is an answer, not a wrong argument. */
	ck_assert_int_lt(none.available, 0);
	ck_assert_uint_eq(none.page_size, UINT64_C(1) << 50);
	if (usual.available == 1) {
		ck_assert_uint_gt(usual.page_size, (uint64_t)sysconf(_SC_PAGESIZE));
		ck_assert_int_ne(usual.zeropage, 1);
		ck_assert_int_eq(usual.copy, usual.missing);
	}
}

static void answers(void)
{
	uint64_t features;
	int ret = uffd_raw_features(&features);

	if (ret < 0)
		test_skip("no userfaultfd: %s", strerror(-ret));
	small_pages(features);
	huge_pages();
	probe(LIBUFFD_BACKING_SHMEM_PRIVATE, 0);
	probe(LIBUFFD_BACKING_HUGETLB_PRIVATE, 0);
	probe(LIBUFFD_BACKING_GUEST_MEMFD, 0);
}

TEST_MAIN(answers)
