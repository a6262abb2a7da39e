/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A program that throws pages away while they are prefetched, faulted and demanded: from then on
 * they are zeros or what it has written since, never the source's content; nobody hangs and
 * everything ends.
 */
#include "later.h"

#define PAGES  1024u
#define ROUNDS 100u

static struct later l;
static struct served s;
static _Atomic int wrong;
static _Atomic bool over;

/* Its own half of the pages: throws away, looks, writes. */
static void *throws_away(void *arg)
{
	size_t half = (size_t)(uintptr_t)arg;
	uint32_t seed = (uint32_t)half + 1;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		size_t page, n;

		seed = seed * 1664525u + 1013904223u;
		n = 1 + (seed >> 8) % 8;
		page = half * PAGES / 2 + (seed >> 12) % (PAGES / 2 - n);
		if (madvise(served_page(&s, page), n * 4096,
			    s.m.fd >= 0 ? MADV_REMOVE : MADV_DONTNEED))
			atomic_fetch_add(&wrong, 1);
		if (seed & 64) {
			if (!all_zero(served_page(&s, page), n * 4096))
				atomic_fetch_add(&wrong, 1);
		} else {
			*(volatile uint8_t *)served_page(&s, page) = 2;
			if (*(volatile uint8_t *)served_page(&s, page) != 2 ||
			    !all_zero(served_page(&s, page) + 1, n * 4096 - 1))
				atomic_fetch_add(&wrong, 1);
		}
	}
	return NULL;
}

static void *demands(void *arg)
{
	(void)arg;
	for (size_t k = 0; !atomic_load(&over); k = (k + 37) % (PAGES - 8))
		if (uffd_demand(s.region, k * 4096, 8 * 4096, NULL))
			atomic_fetch_add(&wrong, 1);
	return NULL;
}

static void raced(uint32_t backing, uint32_t modes, struct uffd_region_opts opts)
{
	struct uffd_prefetch *prefetch;
	pthread_t threads[3];

	atomic_store(&over, false);
	later_make(&l, PAGES * 4096, NULL);
	later_serve(&s, &l, backing, PAGES, UFFD_FEATURE_EVENT_REMOVE, modes, opts);
	s.loop = serve_start(s.ctx, NULL);
	later_start(&l, false);
	for (size_t k = 0; k < 2; k++)
		ck_assert_int_eq(pthread_create(&threads[k], NULL, throws_away, (void *)k), 0);
	ck_assert_int_eq(pthread_create(&threads[2], NULL, demands, NULL), 0);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(uffd_prefetch_start(&prefetch, s.region, NULL), 0);
		ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), 0);
		uffd_prefetch_close(prefetch);
	}
	for (size_t k = 0; k < 2; k++)
		pthread_join(threads[k], NULL);
	atomic_store(&over, true);
	pthread_join(threads[2], NULL);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	/* Each page is what the source has, or zeros, or zeros with a 2 in front. */
	for (size_t k = 0; k < PAGES; k++) {
		const uint8_t *at = served_page(&s, k);

		if (served_right(&s, k))
			continue;
		ck_assert_msg(at[0] == 0 || at[0] == 2, "page %zu begins with %u", k, at[0]);
		ck_assert_msg(all_zero(at + 1, 4095), "page %zu", k);
	}
	serve_settled(&s);
	later_stop(&l);
	serve_end(&s);
	later_free(&l);
}

static void discards_race_with_it(void)
{
	const uint32_t both = LIBUFFD_MISSING | LIBUFFD_MINOR;

	raced(LIBUFFD_BACKING_ANON, LIBUFFD_MISSING, (struct uffd_region_opts){0});
	raced(LIBUFFD_BACKING_SHMEM, both, (struct uffd_region_opts){0});
	raced(LIBUFFD_BACKING_SHMEM, both,
	      (struct uffd_region_opts){.flags = LIBUFFD_REGION_ALIAS,
					.install = LIBUFFD_INSTALL_ALIAS});
}

TEST_MAIN(discards_race_with_it)
