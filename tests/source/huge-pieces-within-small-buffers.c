/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Memory that could take whole huge pages, and buffers smaller than one: the content comes in
 * smaller pieces, within the bound.
 */
#include "later.h"

#define HUGE_BYTES (UINT64_C(2) << 20)
#define BOUND      (UINT64_C(1) << 20)

static void huge_pieces_within_small_buffers(void)
{
	struct uffd_ctx_opts ctx = {
		.size = sizeof(ctx), .features = UFFD_FEATURE_MOVE, .buffer_bytes = BOUND};
	struct uffd_region_opts opts = {.size = sizeof(opts)};
	struct uffd_prefetch *prefetch;
	struct later l;
	struct served s = {0};
	void *mapping = mmap(NULL, 4 * HUGE_BYTES, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(mapping, MAP_FAILED);
	later_make(&l, 3 * HUGE_BYTES, NULL);
	opts.source = l.source;
	s.m = (struct test_memory){.length = 3 * HUGE_BYTES, .page = 4096, .fd = -1};
	s.m.at = (void *)(((uintptr_t)mapping + HUGE_BYTES - 1) & ~(HUGE_BYTES - 1));
	s.content = content_make(s.m.length);
	if (uffd_ctx_open(&s.ctx, &ctx) < 0)
		test_skip("no userfaultfd with MOVE here");
	ck_assert_int_eq(
		uffd_region_add(&s.region, s.ctx, s.m.at, s.m.length, LIBUFFD_MISSING, &opts), 0);
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(uffd_prefetch_start(&prefetch, s.region, NULL), 0);
	later_start(&l, false);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), 0);
	uffd_prefetch_close(prefetch);
	serve_settled(&s);
	later_stop(&l);
	ck_assert_int_eq(memcmp(s.m.at, s.content, s.m.length), 0);
	ck_assert_uint_le(l.bytes_peak, BOUND);
	ck_assert_uint_le(stats_of(s.ctx).buffer_peak, BOUND);
	ck_assert_int_eq(uffd_loop_close(s.loop), 0);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_DROP), 0);
	munmap(s.content, s.m.length);
	munmap(mapping, 4 * HUGE_BYTES);
	later_free(&l);
}

TEST_MAIN(huge_pieces_within_small_buffers)
