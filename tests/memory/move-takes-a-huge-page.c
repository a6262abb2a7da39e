/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Two aligned MiB of a transparent huge page are moved in one call and stay a huge page; a run that
 * is aligned otherwise than its source is moved too, page by page.
 */
#include "claims.h"

#define SIZE HUGE_PAGE_SIZE

/* An aligned piece of a larger mapping. */
static uint8_t *aligned(uint8_t **whole, size_t length)
{
	*whole = mmap(NULL, length + SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		      0);
	ck_assert_ptr_ne(*whole, MAP_FAILED);
	return *whole + (SIZE - (uintptr_t)*whole % SIZE) % SIZE;
}

static void moved(size_t shift)
{
	uint8_t *whole, *staging_whole, *staging;
	struct uffd_stats stats;
	struct served s = {0};
	size_t n;

	s.m.at = aligned(&whole, 2 * SIZE) + shift;
	s.m.length = SIZE;
	s.m.page = (size_t)sysconf(_SC_PAGESIZE);
	s.m.fd = -1;
	n = SIZE / s.m.page;
	s.content = content_make(SIZE);
	staging = aligned(&staging_whole, SIZE);
	madvise(staging, SIZE, MADV_HUGEPAGE);
	memcpy(staging, s.content, SIZE);
	s.ctx = serve_ctx(UFFD_FEATURE_MOVE);
	claims_add(&s, LIBUFFD_MISSING, 0);
	claim(&s, 0, n);
	ck_assert_int_eq(uffd_move(s.region, 0, staging, SIZE, 0), 0);
	expect_content(&s, 0, n);
	stats = stats_of(s.ctx);
	ck_assert_uint_eq(stats.pages_moved, n);
	ck_assert(!page_mapped(staging) && !page_mapped(staging + SIZE - 1));
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_REFUSE), 0);
	munmap(s.content, SIZE);
	munmap(whole, 3 * SIZE);
	munmap(staging_whole, 2 * SIZE);
}

static void takes_a_huge_page(void)
{
	if (sysconf(_SC_PAGESIZE) != 4096)
		test_skip("2 MiB is no huge page here");
	moved(0);
	moved(5 * 4096);
}
TEST_MAIN(takes_a_huge_page)
