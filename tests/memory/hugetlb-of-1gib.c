/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * One page of 1 GiB is one page: claimed, copied to or zeroed as a whole, from memory that was
 * never touched too, with no second page of its size to spare.
 */
#include "claims.h"

#define GIB ((size_t)1 << 30)

static void make(struct served *s)
{
	struct uffd_region_opts opts = {
		.size = sizeof(opts), .flags = LIBUFFD_REGION_FD, .fault = served_fault, .user = s};

	*s = (struct served){.m = {.length = GIB, .page = GIB}};
	s->m.fd = memfd_create("uffd-test", MFD_CLOEXEC | MFD_HUGETLB | 30u << 26);
	if (s->m.fd < 0)
		test_skip("no huge pages of 1 GiB: %s", strerror(errno));
	ck_assert_int_eq(ftruncate(s->m.fd, (off_t)GIB), 0);
	s->m.at = mmap(NULL, GIB, PROT_READ | PROT_WRITE, MAP_SHARED, s->m.fd, 0);
	if (s->m.at == MAP_FAILED)
		test_skip("no free huge page of 1 GiB");
	/* Nearly all of it is the zero page. */
	s->content = mmap(NULL, GIB, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ck_assert_ptr_ne(s->content, MAP_FAILED);
	s->content[0] = 1;
	s->content[GIB - 1] = 2;
	s->ctx = serve_ctx(0);
	opts.fd = s->m.fd;
	ck_assert_int_eq(uffd_region_add(&s->region, s->ctx, s->m.at, GIB,
					 LIBUFFD_MISSING | LIBUFFD_MINOR, &opts),
			 0);
	ck_assert_uint_eq(uffd_region_page_size(s->region), GIB);
}

static void one_page(bool zero)
{
	struct toucher t;
	struct served s;

	make(&s);
	claim(&s, 0, 1);
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, HUGE_PAGE_SIZE, 0), -EINVAL);
	ck_assert_int_eq(uffd_copy(s.region, HUGE_PAGE_SIZE, s.content, GIB, 0), -EINVAL);
	touch_start(&t, (uint8_t *)s.m.at + GIB - 1, false, 0);
	ck_assert_int_eq(admit(&s, &(struct page_run){0}), PAGE_WAITS);
	if (zero)
		ck_assert_int_eq(uffd_zero(s.region, 0, GIB, 0), 0);
	else
		ck_assert_int_eq(uffd_copy(s.region, 0, s.content, GIB, 0), 0);
	wait_end(&t, zero ? 0 : 2);
	ck_assert_uint_eq(*(uint8_t *)s.m.at, zero ? 0 : 1);
	expect_state(&s, 0, 1, LIBUFFD_PAGE_CACHED);
	serve_end(&s);
}

static void copied_and_zeroed(void)
{
	one_page(false);
	one_page(true);
}
TEST_MAIN(copied_and_zeroed)
