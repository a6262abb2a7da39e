/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Whoever was told to wait is woken: a page with WAITERS is never published without being handed
 * back, nor given up without a word, whatever else happens to the same words.
 */
#include "crowd.h"
#include "pages.h"

#define PAGES 36
#define STEPS REPEAT(150000)

static struct pagestate ps;
static _Atomic uint64_t wakes[PAGES]; /* what the kernel's wait queue would be */

static void wake(uint64_t first, uint64_t end)
{
	for (uint64_t p = first; p < end; p++)
		atomic_fetch_add(&wakes[p], 1);
}

/* As resolve.c does it: take WAITERS, install, wake by that; publish and map for latecomers. */
static void work(struct crowd_member *me, struct page_run *run)
{
	uint64_t stop = run->end;
	bool waiters;

	if (random_below(&me->seed, 4) == 0)
		stop = run->first + random_below(&me->seed, run->end - run->first + 1);
	waiters = stop > run->first && pagestate_take_waiters(&ps, run->first, stop);
	if (waiters && random_below(&me->seed, 4) == 0)
		pagestate_give_waiters(&ps, run->first, stop); /* the install failed */
	else
		wake(run->first, stop);
	if (random_below(&me->seed, 8) == 0)
		pagestate_set_discarded(&ps, run->first);
	while ((run->first = pagestate_publish(&ps, run->first, stop)) < stop)
		wake(run->first, run->first + 1);
	if (stop < run->end && pagestate_give_up(&ps, stop, run->end, LIBUFFD_PAGE_EMPTY))
		wake(stop, run->end);
}

static void faulter(struct crowd_member *me)
{
	for (unsigned int i = 0; i < STEPS; i++) {
		uint64_t page = random_below(&me->seed, PAGES);
		uint64_t low = page - random_below(&me->seed, page + 1);
		uint64_t high = page + 1 + random_below(&me->seed, PAGES - page);
		uint64_t seen = atomic_load(&wakes[page]);
		uint64_t limit = test_now() + UINT64_C(20000000000);
		struct page_run run;

		switch (pagestate_fault(&ps, page, low, high, &run)) {
		case PAGE_CLAIMED:
		case PAGE_RECLAIMED:
			work(me, &run);
			break;
		case PAGE_WAITS:
			while (atomic_load(&wakes[page]) == seen) {
				if (test_now() > limit) {
					CROWD_CHECK(!"a waiter was forgotten");
					return;
				}
				sched_yield();
			}
			break;
		case PAGE_IS_POISONED:
			CROWD_CHECK(!"poisoned");
			break;
		}
	}
}

/* The same words, other pages too: prefetch and discards. */
static void meddler(struct crowd_member *me)
{
	for (unsigned int i = 0; i < STEPS; i++) {
		uint64_t first = random_below(&me->seed, PAGES);
		uint64_t end = first + 1 + random_below(&me->seed, PAGES - first);
		struct page_run run;

		pagestate_discard(&ps, first, end,
				  random_below(&me->seed, 4) ? DISCARD_ALL : DISCARD_NOT_CACHED);
		if (pagestate_claim(&ps, first, end, &run) == 0)
			work(me, &run);
	}
}

static void no_waiter_is_forgotten(void)
{
	static void (*const runs[])(struct crowd_member *) = {faulter, faulter, faulter, meddler};

	pages_make(&ps, PAGES);
	crowd(4, runs);
	ck_assert_uint_eq(pagestate_find_busy(&ps, 0), PAGES);
	ck_assert(!pagestate_has_waiters(&ps, 0, PAGES));
	pagestate_fini(&ps);
}
TEST_MAIN(no_waiter_is_forgotten)
