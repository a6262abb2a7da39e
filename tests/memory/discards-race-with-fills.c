/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Shared memory, fills of every kind and pages thrown away at once: in the end each page that ever
 * was thrown away is zeros, in the file too, and every other page has its content.
 */
#include "claims.h"

#define PAGES  192
#define ROUNDS 12

static struct served s;
static _Atomic int faults;
static bool thrown_away[PAGES];
static pthread_barrier_t start;

static unsigned int below(unsigned int *seed, unsigned int n)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 12) % n;
}

static int64_t complete(unsigned int way, const struct uffd_extent *e)
{
	const uint8_t *from = s.content + e->offset;

	switch (way) {
	case 0:
		return uffd_copy(s.region, e->offset, from, e->length, 0);
	case 1:
		return uffd_populate(s.region, e->offset, from, e->length, 0);
	default:
		memcpy((uint8_t *)uffd_region_alias(s.region) + e->offset, from, e->length);
		return uffd_continue(s.region, e->offset, e->length, 0);
	}
}

static void *filler(void *arg)
{
	unsigned int seed = (unsigned int)(uintptr_t)arg;
	struct uffd_extent e;
	int64_t ret;

	pthread_barrier_wait(&start);
	while ((ret = uffd_claim(s.region, 0, s.m.length, &e)) == 0) {
		/* A few pages at a time, the rest for somebody else. */
		uint64_t some = (1 + below(&seed, 4)) * s.m.page;

		if (some < e.length) {
			ret = uffd_abandon(s.region, e.offset + some, e.length - some);
			e.length = some;
		}
		if (ret == 0)
			ret = complete(below(&seed, 3), &e);
		if (ret)
			atomic_fetch_add(&faults, 1);
	}
	return NULL;
}

static void *discarder(void *arg)
{
	unsigned int seed = (unsigned int)(uintptr_t)arg;

	pthread_barrier_wait(&start);
	for (int i = 0; i < 60; i++) {
		unsigned int first = below(&seed, PAGES);

		if (uffd_discard(s.region, first * s.m.page, s.m.page) ||
		    fallocate(s.m.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			      (off_t)(first * s.m.page), (off_t)s.m.page))
			atomic_fetch_add(&faults, 1);
		thrown_away[first] = true;
		if (i % 4 == 0)
			sched_yield();
	}
	return NULL;
}

static void race_with_fills(void)
{
	void *(*const runs[])(void *) = {filler, filler, discarder};
	pthread_t threads[3];

	pthread_barrier_init(&start, NULL, 3);
	for (unsigned int round = 0; round < ROUNDS; round++) {
		uint8_t *alias;

		memset(&s, 0, sizeof(s));
		memset(thrown_away, 0, sizeof(thrown_away));
		test_memory_make(&s.m, LIBUFFD_BACKING_SHMEM, PAGES);
		s.content = content_make(s.m.length);
		s.ctx = serve_ctx_flags(0, LIBUFFD_CTX_DISCARDS);
		claims_add(&s, LIBUFFD_MISSING | LIBUFFD_MINOR, LIBUFFD_REGION_ALIAS);
		for (uintptr_t i = 0; i < 3; i++)
			ck_assert_int_eq(pthread_create(&threads[i], NULL, runs[i],
							(void *)(round * 3 + i + 1)),
					 0);
		for (int i = 0; i < 3; i++)
			pthread_join(threads[i], NULL);
		ck_assert_int_eq(atomic_load(&faults), 0);
		ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
		alias = uffd_region_alias(s.region);
		for (size_t p = 0; p < PAGES; p++) {
			bool gone = thrown_away[p];

			ck_assert_uint_eq(LIBUFFD_PAGE_STATE(page_state(&s, p)),
					  LIBUFFD_PAGE_CACHED);
			ck_assert(gone ? all_zero(alias + p * s.m.page, s.m.page)
				       : content_is(alias + p * s.m.page, p * s.m.page, s.m.page));
		}
		serve_end(&s);
	}
	pthread_barrier_destroy(&start);
}
TEST_MAIN(race_with_fills)
