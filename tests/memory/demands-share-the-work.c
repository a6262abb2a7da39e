/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Threads that demand, prefetch, claim and abandon the same pages fill every page exactly once, and
 * whoever returns from a demand finds the content there.
 */
#include "claims.h"

#define PAGES   256
#define THREADS 4
#define ROUNDS  60

static struct served s;
static _Atomic int faults; /* what threads cannot assert */

#define THREAD_CHECK(condition)                                                                    \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);    \
			atomic_fetch_add(&faults, 1);                                              \
		}                                                                                  \
	} while (0)

static unsigned int below(unsigned int *seed, unsigned int n)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 12) % n;
}

static void demand(unsigned int *seed)
{
	unsigned int count = 1 + below(seed, 24), first = below(seed, PAGES - count);

	THREAD_CHECK(uffd_demand(s.region, first * s.m.page, count * s.m.page, NULL) == 0);
	for (unsigned int p = first; p < first + count; p++)
		THREAD_CHECK(served_right(&s, p));
}

static void claim_some(unsigned int *seed)
{
	unsigned int count = 1 + below(seed, 24), first = below(seed, PAGES - count);
	struct uffd_extent e;
	uint64_t half;

	if (uffd_claim(s.region, first * s.m.page, count * s.m.page, &e))
		return;
	/* The back half first, or not at all. */
	half = e.length / s.m.page / 2 * s.m.page;
	if (below(seed, 2))
		THREAD_CHECK(uffd_copy(s.region, e.offset + half, s.content + e.offset + half,
				       e.length - half, 0) == 0);
	else
		THREAD_CHECK(uffd_abandon(s.region, e.offset + half, e.length - half) == 0);
	if (half)
		THREAD_CHECK(uffd_copy(s.region, e.offset, s.content + e.offset, half, 0) == 0);
}

static void *work(void *arg)
{
	unsigned int seed = (unsigned int)(uintptr_t)arg;

	for (int i = 0; i < ROUNDS; i++) {
		switch (below(&seed, 4)) {
		case 0:
			claim_some(&seed);
			break;
		case 1:
			THREAD_CHECK(uffd_prefetch(s.region, below(&seed, PAGES - 16) * s.m.page,
						   16 * s.m.page) == 0);
			break;
		default:
			demand(&seed);
		}
	}
	return NULL;
}

static void on(uint32_t backing, unsigned int round)
{
	pthread_t threads[THREADS];
	struct uffd_stats stats;

	memset(&s, 0, sizeof(s));
	test_memory_make(&s.m, backing, PAGES);
	s.content = content_make(s.m.length);
	s.ctx = serve_ctx(0);
	claims_add(&s, fill_modes(backing), 0);
	for (unsigned int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, work,
						(void *)(uintptr_t)(round * THREADS + i + 1)),
				 0);
	for (unsigned int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(atomic_load(&faults), 0);
	ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	expect_content(&s, 0, PAGES);
	expect_state(&s, 0, PAGES, LIBUFFD_PAGE_CACHED);
	stats = stats_of(s.ctx);
	ck_assert_uint_eq(stats.pages_copied, PAGES);
	ck_assert_uint_eq(stats.pages_continued, 0);
	ck_assert_uint_ge(stats.pages_demand + stats.pages_prefetch, PAGES);
	serve_end(&s);
}

static void share_the_work(void)
{
	for (unsigned int round = 0; round < 4; round++) {
		on(LIBUFFD_BACKING_ANON, round);
		on(LIBUFFD_BACKING_SHMEM, round);
	}
}
TEST_MAIN(share_the_work)
