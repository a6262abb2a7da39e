/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * When loop and context are closed the memory is free at once: another userfaultfd may have it, and
 * its accesses go to that one. (A request of io_uring left behind would keep the registration.)
 */
#include "serve.h"

#define ROUNDS 50

static void close_frees_the_registration(void)
{
	struct served s = {0};

	test_memory_make(&s.m, LIBUFFD_BACKING_ANON, 8);
	s.content = content_make(s.m.length);
	for (int round = 0; round < ROUNDS; round++) {
		bool own = round & 1;

		s.ctx = serve_ctx(round & 2 ? UFFD_FEATURE_EVENT_REMOVE : 0);
		s.region = serve_region(&s, &s.m, LIBUFFD_MISSING, (struct uffd_region_opts){0});
		s.loop = own ? serve_start(s.ctx, NULL) : serve_open(s.ctx, NULL);
		if (own)
			ck_assert(served_right(&s, (size_t)round % 8));
		else
			ck_assert_int_eq(uffd_loop_dispatch(s.loop, 0), 0);
		ck_assert_int_eq(uffd_loop_close(s.loop), 0);
		ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_DROP), 0);
		madvise(s.m.at, s.m.length, MADV_DONTNEED);
	}
	munmap(s.content, s.m.length);
	test_memory_free(&s.m);
}

TEST_MAIN(close_frees_the_registration)
