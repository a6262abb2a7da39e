/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Private memory of huge pages: a child has what its parent had, and gets what had not come, each
 * in whole pages.
 */
#include "forked.h"

#define PAGES 3u
#define POOL  8u /* pages that both need, when each has written to its own */

static struct served s;
static struct forked_queue q;

static int child(void *arg)
{
	(void)arg;
	if (served_page(&s, 0)[0] != 0x42 || !content_is(served_page(&s, 0) + 1, 1, s.m.page - 1) ||
	    !content_is(served_page(&s, 1), s.m.page, s.m.page))
		return 1;
	served_page(&s, 1)[0] = 0x43;
	return all_zero(served_page(&s, 2), s.m.page) ? 0 : 2;
}

static void huge_pages_of_a_child(void)
{
	struct uffd_loop_opts opts = forked_loop_opts(&q);
	struct test_memory pool;
	struct adopted a;
	struct forked f;

	test_memory_make(&pool, LIBUFFD_BACKING_HUGETLB_PRIVATE, POOL); /* skips without */
	test_memory_free(&pool);
	serve(&s, LIBUFFD_BACKING_HUGETLB_PRIVATE, PAGES,
	      UFFD_FEATURE_EVENT_FORK | UFFD_FEATURE_EVENT_REMOVE, LIBUFFD_MISSING,
	      (struct uffd_region_opts){0});
	s.loop = serve_start(s.ctx, &opts);
	served_page(&s, 0)[0] = 0x42;
	ck_assert_int_eq(madvise(served_page(&s, 2), s.m.page, MADV_DONTNEED), 0);
	forked_make(&f, child, NULL);
	adopt_child(&a, forked_next(&q), &q);
	forked_go(&f);
	ck_assert_int_eq(forked_end(&f), 0);
	ck_assert(served_right(&s, 1));
	adopted_end(&a);
	serve_end(&s);
}

TEST_MAIN(huge_pages_of_a_child)
