/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Ending a region with LIBUFFD_CLOSE_FINISH while other threads fault on it: it is filled to the
 * last page, and reads right when nobody serves it any more.
 */
#include "serve.h"

#define PAGES   1024u
#define THREADS 3u
#define ROUNDS  6

static struct served s;
static _Atomic int wrong;

static void *touches(void *arg)
{
	size_t step = 2 * (size_t)(uintptr_t)arg + 5;

	for (size_t i = 0; i < PAGES; i++) {
		size_t at = i * step % PAGES * s.m.page + i % s.m.page;

		if (((volatile uint8_t *)s.m.at)[at] != s.content[at])
			atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

static void finish_while_the_loop_runs(void)
{
	for (int round = 0; round < ROUNDS; round++) {
		struct uffd_source *source;
		pthread_t threads[THREADS];
		int ret;

		serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
		      (struct uffd_region_opts){.fault_around = 4096});
		ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_DROP), 0);
		ck_assert_int_eq(uffd_source_open_memory(&source, s.content, s.m.length), 0);
		s.region = serve_region(
			&s, &s.m, LIBUFFD_MISSING,
			(struct uffd_region_opts){.source = source, .fault_around = 8192});
		uffd_source_close(source);
		s.loop = serve_start(s.ctx, NULL);
		for (size_t k = 0; k < THREADS; k++)
			ck_assert_int_eq(pthread_create(&threads[k], NULL, touches, (void *)k), 0);
		for (int i = 0; i < round * 20; i++)
			sched_yield();
		/* -EBUSY: a page was being filled at the last look. */
		do
			ret = uffd_region_remove(s.region, LIBUFFD_CLOSE_FINISH);
		while (ret == -EBUSY);
		ck_assert_int_eq(ret, 0);
		ck_assert_int_eq(memcmp(s.m.at, s.content, s.m.length), 0);
		for (size_t k = 0; k < THREADS; k++)
			pthread_join(threads[k], NULL);
		ck_assert_int_eq(atomic_load(&wrong), 0);
		serve_end(&s);
	}
}

TEST_MAIN(finish_while_the_loop_runs)
