/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Threads that touch all pages, each in another order, read nothing but the right content. */
#include "serve.h"

#define THREADS 8
#define PAGES   2048u

static struct served s;
static _Atomic int wrong;

static void *reads(void *arg)
{
	uint32_t step = 2 * (uint32_t)(uintptr_t)arg + 1;

	for (uint32_t i = 0; i < PAGES; i++) {
		uint32_t page = (i * step + step * 97) % PAGES;
		size_t at = page * s.m.page + (i * 64 + step) % s.m.page;

		if (*((volatile uint8_t *)s.m.at + at) != s.content[at])
			atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

static void raced(uint32_t backing, uint32_t modes, uint64_t around)
{
	pthread_t threads[THREADS];

	serve(&s, backing, PAGES, 0, modes, (struct uffd_region_opts){.fault_around = around});
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < THREADS; k++)
		ck_assert_int_eq(pthread_create(&threads[k], NULL, reads, (void *)k), 0);
	for (size_t k = 0; k < THREADS; k++)
		pthread_join(threads[k], NULL);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	ck_assert_int_eq(memcmp(s.m.at, s.content, s.m.length), 0);
	serve_settled(&s);
	/* Nothing was filled twice. */
	ck_assert_uint_eq(stats_of(s.ctx).pages_copied, PAGES);
	serve_end(&s);
}

static void many_threads_on_many_pages(void)
{
	raced(LIBUFFD_BACKING_ANON, LIBUFFD_MISSING, 0);
	raced(LIBUFFD_BACKING_ANON, LIBUFFD_MISSING, 4096);
	raced(LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING | LIBUFFD_MINOR, 16384);
}

TEST_MAIN(many_threads_on_many_pages)
