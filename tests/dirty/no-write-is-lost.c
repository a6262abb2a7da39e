/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Threads write all the time: what has changed since a page was last reported is reported by the
 * next pass, for both methods; also where its page table entry is taken away meanwhile, its content
 * being kept.
 */
#include "lost.h"

#define PAGES 512u

static struct tracked t;
static struct lost l;
static struct lost_writers w;

/* Of shared memory: nothing is lost by it. */
static void *drops(void *arg)
{
	uint64_t seed = 77;

	(void)arg;
	while (!atomic_load(&w.over)) {
		size_t page = random_below(&seed, l.pages), n = 1 + random_below(&seed, 32);

		n = n < l.pages - page ? n : l.pages - page;
		madvise(served_page(&t.s, page), n * t.s.m.page, MADV_DONTNEED);
	}
	return NULL;
}

static void written(uint32_t method, const struct track_kind *kind, uint64_t until)
{
	pthread_t dropper;

	track_serve(&t, method, kind, track_is_huge(kind) ? 6 : PAGES, 0, 0,
		    (struct uffd_region_opts){0});
	track_start(&t);
	lost_begin(&l, &t, NULL);
	lost_writers_start(&w, &t, 3);
	if (kind->backing == LIBUFFD_BACKING_SHMEM || kind->backing == LIBUFFD_BACKING_HUGETLB)
		ck_assert_int_eq(pthread_create(&dropper, NULL, drops, NULL), 0);
	do {
		lost_pass(&l);
	} while (test_now() < until || !atomic_load(&w.writes));
	lost_writers_stop(&w);
	if (kind->backing == LIBUFFD_BACKING_SHMEM || kind->backing == LIBUFFD_BACKING_HUGETLB)
		pthread_join(dropper, NULL);
	lost_end(&l);
	track_end(&t);
}

static void no_write_is_lost(void)
{
	uint64_t each = (track_until() - test_now()) / (2 * TRACK_KINDS);

	for (size_t k = 0; k < TRACK_KINDS; k++) {
		if (!track_has_memory(&track_kinds[k], 6))
			continue;
		written(LIBUFFD_DIRTY_ASYNC, &track_kinds[k], test_now() + each);
		written(LIBUFFD_DIRTY_SYNC, &track_kinds[k], test_now() + each);
	}
}

TEST_MAIN(no_write_is_lost)
