/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * On shared memory MADV_DONTNEED keeps what is there and MADV_REMOVE makes zeros of it; what was
 * not there yet becomes zeros, or with LIBUFFD_REGION_KEEP_ON_REMOVE stays the source's.
 */
#include "serve.h"

#define PAGES 64

static void removed(uint32_t modes, int advice, bool keep)
{
	struct served s;

	serve(&s, LIBUFFD_BACKING_SHMEM, PAGES, UFFD_FEATURE_EVENT_REMOVE, modes,
	      (struct uffd_region_opts){.flags = keep ? LIBUFFD_REGION_KEEP_ON_REMOVE : 0});
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < 32; k++)
		ck_assert(served_right(&s, k));
	serve_settled(&s);
	ck_assert_int_eq(madvise(served_page(&s, 20), 20 * s.m.page, advice), 0);
	for (size_t k = 0; k < PAGES; k++) {
		bool there = k < 32, hit = k >= 20 && k < 40;
		bool zero = hit && (there ? advice == MADV_REMOVE : !keep);

		ck_assert_msg(zero ? all_zero(served_page(&s, k), s.m.page) : served_right(&s, k),
			      "modes %u, advice %d, keep %d, page %zu", modes, advice, keep, k);
	}
	serve_end(&s);
}

static void remove_shmem_follows_the_policy(void)
{
	for (int keep = 0; keep < 2; keep++) {
		removed(LIBUFFD_MISSING, MADV_DONTNEED, keep);
		removed(LIBUFFD_MISSING, MADV_REMOVE, keep);
		removed(LIBUFFD_MISSING | LIBUFFD_MINOR, MADV_DONTNEED, keep);
		removed(LIBUFFD_MISSING | LIBUFFD_MINOR, MADV_REMOVE, keep);
	}
}

TEST_MAIN(remove_shmem_follows_the_policy)
