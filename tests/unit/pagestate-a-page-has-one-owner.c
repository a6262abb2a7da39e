/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * However many threads fault, claim, publish, give up and discard on the same few words, a page
 * never has two owners, and what one owner wrote is seen by the next.
 */
#include "crowd.h"
#include "pages.h"

#define PAGES 40
#define STEPS REPEAT(200000)

static struct pagestate ps;
static _Atomic unsigned int owner[PAGES]; /* 0: nobody */
static uint64_t content[PAGES];           /* written by owners only, with no lock of its own */
static _Atomic uint64_t writes;

static void own(struct crowd_member *me, uint64_t first, uint64_t end)
{
	for (uint64_t p = first; p < end; p++) {
		CROWD_CHECK(atomic_exchange(&owner[p], me->number) == 0);
		CROWD_CHECK(LIBUFFD_PAGE_STATE(pagestate_get(&ps, p)) == LIBUFFD_PAGE_BUSY);
	}
}

static void disown(struct crowd_member *me, uint64_t first, uint64_t end)
{
	for (uint64_t p = first; p < end; p++)
		CROWD_CHECK(atomic_exchange(&owner[p], 0) == me->number);
}

/* All at once, or in pieces. */
static void publish(struct crowd_member *me, uint64_t first, uint64_t end)
{
	while (first < end) {
		uint64_t stop = first + 1 + random_below(&me->seed, end - first);
		uint64_t at;

		disown(me, first, stop);
		at = pagestate_publish(&ps, first, stop);
		CROWD_CHECK(at >= first && at <= stop);
		own(me, at, stop);
		first = at;
	}
}

static void work(struct crowd_member *me, const struct page_run *run)
{
	uint64_t middle = run->first + random_below(&me->seed, run->end - run->first + 1);

	own(me, run->first, run->end);
	for (uint64_t p = run->first; p < run->end; p++) {
		content[p]++;
		/* What was thrown away stays so. */
		CROWD_CHECK(!run->discarded || pagestate_get(&ps, p) & LIBUFFD_PAGE_DISCARDED);
	}
	atomic_fetch_add(&writes, run->end - run->first);
	if (random_below(&me->seed, 2)) {
		pagestate_take_waiters(&ps, run->first, run->end);
		CROWD_CHECK(pagestate_check_claimed(&ps, run->first, run->end) == 0);
	}
	publish(me, run->first, middle);
	if (middle == run->end)
		return;
	disown(me, middle, run->end);
	pagestate_give_up(&ps, middle, run->end, LIBUFFD_PAGE_EMPTY);
}

static void worker(struct crowd_member *me)
{
	for (unsigned int i = 0; i < STEPS; i++) {
		uint64_t first = random_below(&me->seed, PAGES);
		uint64_t end = first + 1 + random_below(&me->seed, PAGES - first);
		uint64_t page = first + random_below(&me->seed, end - first);
		struct page_run run = {0};
		enum page_verdict verdict;

		if (random_below(&me->seed, 2)) {
			if (pagestate_claim(&ps, first, end, &run) == 0)
				work(me, &run);
			continue;
		}
		verdict = pagestate_fault(&ps, page, first, end, &run);
		CROWD_CHECK(verdict != PAGE_IS_POISONED);
		if (verdict == PAGE_CLAIMED || verdict == PAGE_RECLAIMED) {
			CROWD_CHECK(run.first <= page && page < run.end);
			CROWD_CHECK(run.first >= first && run.end <= end);
			work(me, &run);
		}
	}
}

static void discarder(struct crowd_member *me)
{
	for (unsigned int i = 0; i < STEPS; i++) {
		uint64_t first = random_below(&me->seed, PAGES);
		uint64_t end = first + 1 + random_below(&me->seed, PAGES - first);

		/* Back to EMPTY: without it everything is complete soon. */
		CROWD_CHECK(pagestate_discard(&ps, first, end, DISCARD_ALL) <= end - first);
		if (i % 4 == 0)
			sched_yield();
	}
}

static void one_owner(void)
{
	static void (*const runs[])(struct crowd_member *) = {worker, worker, worker, discarder};
	uint64_t sum = 0;

	pages_make(&ps, PAGES);
	crowd(4, runs);
	ck_assert_uint_eq(pagestate_find_busy(&ps, 0), PAGES);
	ck_assert(!pagestate_has_waiters(&ps, 0, PAGES));
	for (uint64_t p = 0; p < PAGES; p++)
		sum += content[p];
	ck_assert_uint_eq(sum, atomic_load(&writes));
	pagestate_fini(&ps);
}
TEST_MAIN(one_owner)
