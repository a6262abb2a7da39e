/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Threads that throw pages away and touch them in turn are never held up and see their own bytes.
 */
#include "serve.h"

#define THREADS 4
#define EACH    16u
#define ROUNDS  150u

static struct served s;
static _Atomic int wrong;

static void *run(void *arg)
{
	size_t first = (size_t)(uintptr_t)arg * EACH;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		volatile uint8_t *page = served_page(&s, first + i % EACH);
		uint8_t seen = *page;

		if (seen != (i < EACH ? s.content[(first + i) * s.m.page] : 0))
			atomic_fetch_add(&wrong, 1);
		*page = (uint8_t)(i | 1);
		if (*page != (uint8_t)(i | 1) ||
		    madvise((void *)(uintptr_t)page, s.m.page, MADV_DONTNEED) < 0)
			atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

static void thread_that_discards_faults_too(void)
{
	pthread_t threads[THREADS];

	serve(&s, LIBUFFD_BACKING_ANON, THREADS * EACH, UFFD_FEATURE_EVENT_REMOVE, LIBUFFD_MISSING,
	      (struct uffd_region_opts){0});
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < THREADS; k++)
		ck_assert_int_eq(pthread_create(&threads[k], NULL, run, (void *)k), 0);
	for (size_t k = 0; k < THREADS; k++)
		pthread_join(threads[k], NULL);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	/* The last madvise may return before its event is counted. */
	WAIT_UNTIL(stats_of(s.ctx).events_remove == THREADS * ROUNDS);
	serve_end(&s);
}

TEST_MAIN(thread_that_discards_faults_too)
