/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Content that goes to the page cache first, by uffd_populate() or through the alias, races with
 * MADV_REMOVE: a page that was thrown away is never the source's again.
 */
#include "serve.h"

#define PAGES   64u
#define READERS 2
#define TIME_NS UINT64_C(350000000)

static struct served s;
static _Atomic uint32_t thrown[PAGES], gone[PAGES];
static _Atomic bool stop;
static _Atomic int wrong;

static int64_t bring(struct uffd_region *region, uint64_t at, uint64_t length, bool by_alias)
{
	if (!by_alias)
		return uffd_populate(region, at, s.content + at, length, 0);
	memcpy((uint8_t *)uffd_region_alias(region) + at, s.content + at, length);
	return uffd_continue(region, at, length, 0);
}

static int fault(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	uint64_t done = 0;
	int64_t ret;

	do {
		ret = bring(region, extent->offset + done, extent->length - done, user != &s);
		done += ret > 0 ? (uint64_t)ret : 0;
		/* -EFAULT: punched out between the write and the CONTINUE; write it again. */
	} while (ret > 0 || ret == -EAGAIN || ret == -EFAULT);
	if (ret < 0)
		atomic_fetch_add(&wrong, 1);
	return 0;
}

static void *reads(void *arg)
{
	uint32_t seed = (uint32_t)(uintptr_t)arg * 2654435761u + 1;

	while (!atomic_load(&stop)) {
		uint32_t page, before, after;
		uint8_t value;

		seed = seed * 1664525u + 1013904223u;
		page = (seed >> 16) % PAGES;
		before = atomic_load(&gone[page]);
		value = *(volatile uint8_t *)served_page(&s, page);
		after = atomic_load(&thrown[page]);
		if (value == s.content[page * s.m.page] ? before > 0 : value != 0 || after == 0)
			atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

static void *throws(void *arg)
{
	uint32_t seed = 4711;

	(void)arg;
	while (!atomic_load(&stop)) {
		uint32_t page;

		seed = seed * 1664525u + 1013904223u;
		page = (seed >> 16) % PAGES;
		atomic_fetch_add(&thrown[page], 1);
		if (madvise(served_page(&s, page), s.m.page, MADV_REMOVE) < 0)
			atomic_fetch_add(&wrong, 1);
		atomic_fetch_add(&gone[page], 1);
	}
	return NULL;
}

static void raced(bool by_alias)
{
	struct uffd_region_opts opts = {.fault = fault,
					.user = by_alias ? &stop : NULL,
					.flags = by_alias ? LIBUFFD_REGION_ALIAS : 0};
	uint64_t until = test_now() + TIME_NS;
	pthread_t threads[READERS + 1];

	atomic_store(&stop, false);
	for (size_t k = 0; k < PAGES; k++) {
		atomic_store(&thrown[k], 0);
		atomic_store(&gone[k], 0);
	}
	serve(&s, LIBUFFD_BACKING_SHMEM, PAGES, UFFD_FEATURE_EVENT_REMOVE,
	      LIBUFFD_MISSING | LIBUFFD_MINOR, opts);
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < READERS; k++)
		ck_assert_int_eq(pthread_create(&threads[k], NULL, reads, (void *)(k + 1)), 0);
	ck_assert_int_eq(pthread_create(&threads[READERS], NULL, throws, NULL), 0);
	while (test_now() < until)
		ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	atomic_store(&stop, true);
	for (size_t k = 0; k <= READERS; k++)
		pthread_join(threads[k], NULL);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert(atomic_load(&gone[k]) ? all_zero(served_page(&s, k), s.m.page)
						: served_right(&s, k));
	serve_end(&s);
}

static void discards_race_with_populate(void)
{
	raced(false);
	raced(true);
}

TEST_MAIN(discards_race_with_populate)
