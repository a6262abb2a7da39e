/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Hundreds of threads that fault before the loop looks, and again and again, all get their pages.
 */
#include "serve.h"

#define THREADS 600
#define EACH    4u
#define STACK   65536

static struct served s;
static _Atomic int started;
static _Atomic int wrong;

static void *touches(void *arg)
{
	size_t first = (size_t)(uintptr_t)arg;

	atomic_fetch_add(&started, 1);
	for (size_t k = 0; k < EACH; k++) {
		size_t page = first + k * THREADS;

		if (*(volatile uint8_t *)served_page(&s, page) != s.content[page * s.m.page])
			atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

static void burst(unsigned int n)
{
	static pthread_t threads[THREADS];
	pthread_attr_t attr;

	atomic_store(&started, 0);
	serve(&s, LIBUFFD_BACKING_ANON, THREADS * EACH, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault_around = 4096});
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	for (size_t k = 0; k < n; k++)
		if (pthread_create(&threads[k], &attr, touches, (void *)k))
			test_skip("not so many threads here");
	WAIT_UNTIL(atomic_load(&started) == (int)n);
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < n; k++)
		pthread_join(threads[k], NULL);
	pthread_attr_destroy(&attr);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	serve_settled(&s);
	ck_assert_uint_eq(stats_of(s.ctx).pages_copied, n * EACH);
	serve_end(&s);
}

static void burst_beyond_the_buffers(void)
{
	burst(200);
	burst(THREADS);
}

TEST_MAIN(burst_beyond_the_buffers)
