/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * hugetlb memory registers in every mode, of a file mapped shared or private and anonymous; what is
 * advertised for it lacks ZEROPAGE and MOVE, and both are EINVAL.
 */
#include "expect.h"
#include "registration.h"

#ifndef MAP_HUGE_2MB
#define MAP_HUGE_2MB (21 << 26)
#endif

static void expect_no_zeropage_or_move(const struct test_memory *m)
{
	uint64_t ioctls = 0;
	int fd = test_uffd(UFFD_FEATURE_MISSING_HUGETLBFS | UFFD_FEATURE_MOVE);

	ck_assert_int_eq(uffd_raw_register(fd, address(m->at), m->length,
					   UFFDIO_REGISTER_MODE_MISSING, &ioctls),
			 0);
	ck_assert_uint_eq(ioctls & (1u << _UFFDIO_COPY), 1u << _UFFDIO_COPY);
	ck_assert_uint_eq(ioctls & (1u << _UFFDIO_ZEROPAGE), 0);
	ck_assert_uint_eq(ioctls & (1u << _UFFDIO_MOVE), 0);
	EXPECT_ERROR(ask_zeropage(fd, m->at, m->page, 0), -EINVAL);
	EXPECT_ERROR(ask_move(fd, m->at, page_at(m, 1), m->page, UFFDIO_MOVE_MODE_ALLOW_SRC_HOLES),
		     -EINVAL);
	close(fd);
}

static void expect_hugetlb(struct test_memory *m)
{
	static const struct registration wanted = {0};

	expect_registration(m, &wanted);
	expect_no_zeropage_or_move(m);
	test_memory_free(m);
}

static void hugetlb_memory(void)
{
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_HUGETLB, 2);
	expect_hugetlb(&m);
	test_memory_make(&m, LIBUFFD_BACKING_HUGETLB_PRIVATE, 2);
	expect_hugetlb(&m);
	m.fd = -1;
	m.at = mmap(NULL, m.length, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_HUGE_2MB, -1, 0);
	ck_assert_ptr_ne(m.at, MAP_FAILED);
	expect_hugetlb(&m);
}
TEST_MAIN(hugetlb_memory)
