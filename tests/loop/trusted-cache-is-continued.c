/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * LIBUFFD_REGION_TRUST_CACHE: MINOR faults are continued at once, as far as the cache goes; holes
 * are the callback's, who is asked for nothing else.
 */
#include "serve.h"

#define PAGES 48

static struct served s;
static _Atomic int wrong;

static int only_holes(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	for (uint64_t at = extent->offset; at < extent->offset + extent->length; at += s.m.page)
		if (extent->kind != LIBUFFD_FAULT_MISSING)
			atomic_fetch_add(&wrong, 1);
	return served_fault(region, extent, user);
}

static bool is_hole(size_t page)
{
	return page == 0 || (page >= 20 && page < 23) || page == PAGES - 1;
}

static void fill_cache(void)
{
	for (size_t k = 0; k < PAGES; k++)
		if (!is_hole(k))
			ck_assert_int_eq(pwrite(s.m.fd, s.content + k * s.m.page, s.m.page,
						(off_t)(k * s.m.page)),
					 (ssize_t)s.m.page);
}

static void trusted_cache_is_continued(void)
{
	struct uffd_stats stats;

	serve(&s, LIBUFFD_BACKING_SHMEM, PAGES, 0, LIBUFFD_MISSING | LIBUFFD_MINOR,
	      (struct uffd_region_opts){.flags = LIBUFFD_REGION_TRUST_CACHE, .fault = only_holes});
	fill_cache();
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 4; k < PAGES; k++)
		ck_assert_msg(served_right(&s, k), "page %zu", k);
	for (size_t k = 0; k < 4; k++)
		ck_assert_msg(served_right(&s, k), "page %zu", k);
	serve_settled(&s);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	stats = stats_of(s.ctx);
	ck_assert_uint_ge(stats.pages_continued, PAGES - 5);
	ck_assert_uint_lt(stats.faults_minor, PAGES - 5); /* several at once */
	serve_end(&s);

	/* MINOR alone: there is no callback; the kernel maps zeros for the holes. */
	serve(&s, LIBUFFD_BACKING_SHMEM, PAGES, 0, LIBUFFD_MINOR,
	      (struct uffd_region_opts){.flags = LIBUFFD_REGION_TRUST_CACHE});
	fill_cache();
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < PAGES; k++)
		if (!is_hole(k))
			ck_assert_msg(served_right(&s, k), "page %zu", k);
		else
			ck_assert_msg(all_zero(served_page(&s, k), s.m.page), "page %zu", k);
	ck_assert_int_eq(atomic_load(&s.calls), 0);
	serve_end(&s);
}

TEST_MAIN(trusted_cache_is_continued)
