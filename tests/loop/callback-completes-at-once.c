/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A fault callback that completes its extent before it returns serves every type of memory. */
#include "serve.h"

#define PAGES 48

static void served_by(uint32_t backing, size_t pages, uint32_t modes)
{
	struct served s;
	struct uffd_stats stats;

	serve(&s, backing, pages, 0, modes, (struct uffd_region_opts){0});
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < pages; k++)
		ck_assert_msg(served_right(&s, k), "backing %u, page %zu", backing, k);
	serve_settled(&s);
	for (size_t k = 0; k < pages; k++)
		ck_assert_uint_eq(page_state(&s, k), LIBUFFD_PAGE_CACHED);
	stats = stats_of(s.ctx);
	ck_assert_uint_eq(stats.pages_copied, pages);
	ck_assert_uint_eq(stats.pages_fault + stats.pages_around, pages);
	/* A fault that is interrupted is raised twice, and claimed once. */
	ck_assert_uint_eq(stats.pages_fault, (uint64_t)atomic_load(&s.calls));
	ck_assert_uint_ge(stats.faults_missing, stats.pages_fault);
	serve_end(&s);
}

static void callback_completes_at_once(void)
{
	served_by(LIBUFFD_BACKING_ANON, PAGES, LIBUFFD_MISSING);
	served_by(LIBUFFD_BACKING_SHMEM, PAGES, LIBUFFD_MISSING);
	served_by(LIBUFFD_BACKING_SHMEM, PAGES, LIBUFFD_MISSING | LIBUFFD_MINOR);
	served_by(LIBUFFD_BACKING_SHMEM_PRIVATE, PAGES, LIBUFFD_MISSING);
}

TEST_MAIN(callback_completes_at_once)
