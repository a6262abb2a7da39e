/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Pages that uffd_populate() filled from another thread raise MINOR faults, which the loop answers
 * with what is there: the callback is not asked again.
 */
#include "serve.h"

#define PAGES 64

static struct served s;

static void *populate(void *arg)
{
	struct uffd_extent extent;
	intptr_t ret = 0;

	(void)arg;
	while (ret == 0 && uffd_claim(s.region, 0, s.m.length, &extent) == 0)
		ret = uffd_populate(s.region, extent.offset, s.content + extent.offset,
				    extent.length, 0);
	return (void *)ret;
}

/*
 * In a thread that never had a ring: the end of one interrupts the thread that made it some time
 * later, and a fault that is interrupted is raised a second time.
 */
static void *read_all(void *arg)
{
	for (size_t k = 0; k < PAGES; k++)
		if (!served_right(&s, k))
			return arg;
	return NULL;
}

static void minor_fault_after_populate(void)
{
	struct uffd_stats stats;
	pthread_t thread;
	void *ret;

	serve(&s, LIBUFFD_BACKING_SHMEM, PAGES, 0, LIBUFFD_MISSING | LIBUFFD_MINOR,
	      (struct uffd_region_opts){0});
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(pthread_create(&thread, NULL, populate, NULL), 0);
	/* While it populates, and after. */
	for (size_t k = PAGES; k-- > 0;)
		ck_assert(served_right(&s, k));
	pthread_join(thread, &ret);
	ck_assert_int_eq((intptr_t)ret, 0);
	serve_end(&s);

	serve(&s, LIBUFFD_BACKING_SHMEM, PAGES, 0, LIBUFFD_MISSING | LIBUFFD_MINOR,
	      (struct uffd_region_opts){0});
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_ptr_null(populate(NULL));
	ck_assert_int_eq(pthread_create(&thread, NULL, read_all, &s), 0);
	pthread_join(thread, &ret);
	ck_assert_ptr_null(ret);
	serve_settled(&s);
	ck_assert_int_eq(atomic_load(&s.calls), 0);
	stats = stats_of(s.ctx);
	ck_assert_uint_eq(stats.faults_minor, PAGES);
	ck_assert_uint_eq(stats.faults_stale, PAGES);
	ck_assert_uint_eq(stats.pages_populated, PAGES);
	serve_end(&s);
}

TEST_MAIN(minor_fault_after_populate)
