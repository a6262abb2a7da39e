/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A region is removed, or a context closed, with FINISH: as long as its source answers one read
 * after the other that takes as long as it takes, be it more than a second in all.
 */
#include "later.h"

#define PAGES 512u

static struct later l;
static struct served s;
static _Atomic bool over;

/* One read at a time, each for a while. */
static void *answers_slowly(void *arg)
{
	struct timespec while_ = {.tv_nsec = 160000000};

	(void)arg;
	while (!atomic_load(&over)) {
		if (!later_count(&l)) {
			sched_yield();
			continue;
		}
		nanosleep(&while_, NULL);
		later_answer(&l, 0);
	}
	return NULL;
}

static void finish_waits_for_a_source_that_answers(void)
{
	pthread_t thread;

	later_make(&l, PAGES * 4096, NULL);
	later_serve(&s, &l, LIBUFFD_BACKING_SHMEM, PAGES, 0, LIBUFFD_MISSING,
		    (struct uffd_region_opts){0});
	ck_assert_int_eq(pthread_create(&thread, NULL, answers_slowly, NULL), 0);
	/* Eight reads of 256 KiB. */
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_FINISH), 0);
	atomic_store(&over, true);
	pthread_join(thread, NULL);
	ck_assert_int_eq(memcmp(s.m.at, s.content, s.m.length), 0);
	serve_end(&s);
	later_free(&l);
}

TEST_MAIN(finish_waits_for_a_source_that_answers)
