/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Any order of transitions leaves the same states and answers as a model with one byte a page. */
#include "pages.h"
#include "random.h"

#define PAGES 75 /* five words, the last one in part */
#define STEPS REPEAT(300000)

#define STATE     3u
#define WAITERS   LIBUFFD_PAGE_WAITERS
#define DISCARDED LIBUFFD_PAGE_DISCARDED

static struct pagestate ps;
static uint8_t model[PAGES];
static uint64_t seed = 20240229;

static unsigned int state(uint64_t page)
{
	return model[page] & STATE;
}

static bool alike(uint64_t page, bool discarded)
{
	return state(page) == LIBUFFD_PAGE_EMPTY && !!(model[page] & DISCARDED) == discarded;
}

static void expect_run(const struct page_run *run, uint64_t first, uint64_t end, bool discarded)
{
	ck_assert_msg(run->first == first && run->end == end && run->discarded == discarded,
		      "run [%llu, %llu) discarded %d, expected [%llu, %llu) %d",
		      (unsigned long long)run->first, (unsigned long long)run->end, run->discarded,
		      (unsigned long long)first, (unsigned long long)end, discarded);
}

static void claim(uint64_t first, uint64_t end)
{
	struct page_run run;
	bool busy = false;
	uint64_t at = first;
	int ret = pagestate_claim(&ps, first, end, &run);

	for (; at < end && state(at) != LIBUFFD_PAGE_EMPTY; at++)
		busy |= state(at) == LIBUFFD_PAGE_BUSY;
	if (at == end) {
		ck_assert_int_eq(ret, busy ? -EBUSY : -EALREADY);
		return;
	}
	ck_assert_int_eq(ret, 0);
	first = at;
	while (at < end && alike(at, model[first] & DISCARDED))
		at++;
	expect_run(&run, first, at, model[first] & DISCARDED);
	for (uint64_t i = first; i < at; i++)
		model[i] |= LIBUFFD_PAGE_BUSY;
}

static void fault(uint64_t page, uint64_t low, uint64_t high)
{
	struct page_run run;
	enum page_verdict verdict = pagestate_fault(&ps, page, low, high, &run);
	bool discarded = model[page] & DISCARDED;
	uint64_t first = page, end = page + 1;

	switch (state(page)) {
	case LIBUFFD_PAGE_BUSY:
		ck_assert_int_eq(verdict, PAGE_WAITS);
		model[page] |= WAITERS;
		return;
	case LIBUFFD_PAGE_CACHED:
	case LIBUFFD_PAGE_POISONED:
		ck_assert_int_eq(verdict, state(page) == LIBUFFD_PAGE_CACHED ? PAGE_RECLAIMED
									     : PAGE_IS_POISONED);
		expect_run(&run, page, page + 1, discarded);
		model[page] = (uint8_t)((model[page] & ~STATE) | LIBUFFD_PAGE_BUSY | WAITERS);
		return;
	}
	ck_assert_int_eq(verdict, PAGE_CLAIMED);
	while (first > low && alike(first - 1, discarded))
		first--;
	while (end < high && alike(end, discarded))
		end++;
	expect_run(&run, first, end, discarded);
	for (uint64_t i = first; i < end; i++)
		model[i] |= LIBUFFD_PAGE_BUSY;
	model[page] |= WAITERS;
}

/* The run of BUSY pages around a random one, if there is one: what an owner may work on. */
static bool owned(uint64_t *first, uint64_t *end)
{
	uint64_t page = random_below(&seed, PAGES);

	for (uint64_t n = 0; state(page) != LIBUFFD_PAGE_BUSY; n++) {
		if (n == PAGES)
			return false;
		page = (page + 1) % PAGES;
	}
	*first = *end = page;
	while (*first > 0 && state(*first - 1) == LIBUFFD_PAGE_BUSY && random_below(&seed, 8))
		--*first;
	while (*end < PAGES && state(*end) == LIBUFFD_PAGE_BUSY && random_below(&seed, 8))
		++*end;
	if (*end == *first)
		++*end;
	return true;
}

static void publish(uint64_t first, uint64_t end)
{
	uint64_t stop = pagestate_publish(&ps, first, end);
	uint64_t at = first;

	for (; at < end && !(model[at] & WAITERS); at++)
		model[at] ^= LIBUFFD_PAGE_BUSY ^ LIBUFFD_PAGE_CACHED;
	ck_assert_uint_eq(stop, at);
	if (at < end)
		model[at] &= (uint8_t)~WAITERS;
}

static void give_up(uint64_t first, uint64_t end)
{
	unsigned int to = random_below(&seed, 4) ? LIBUFFD_PAGE_EMPTY : LIBUFFD_PAGE_POISONED;
	bool waited = false;

	for (uint64_t i = first; i < end; i++) {
		waited |= (model[i] & WAITERS) != 0;
		model[i] = (uint8_t)((model[i] & DISCARDED) | to);
	}
	ck_assert_int_eq(pagestate_give_up(&ps, first, end, to), waited);
}

static void waiters(uint64_t first, uint64_t end)
{
	bool any = false, give = random_below(&seed, 4) == 0;

	for (uint64_t i = first; i < end; i++)
		any |= (model[i] & WAITERS) != 0;
	ck_assert_int_eq(pagestate_has_waiters(&ps, first, end), any);
	if (give)
		pagestate_give_waiters(&ps, first, end);
	else
		ck_assert_int_eq(pagestate_take_waiters(&ps, first, end), any);
	for (uint64_t i = first; i < end; i++)
		model[i] = (uint8_t)((model[i] & ~WAITERS) | (give ? WAITERS : 0));
}

static void discarded_run(uint64_t first, uint64_t end)
{
	bool discarded, wanted = model[first] & DISCARDED;
	uint64_t at = first;

	while (at < end && !!(model[at] & DISCARDED) == wanted)
		at++;
	ck_assert_uint_eq(pagestate_discarded_run(&ps, first, end, &discarded), at);
	ck_assert_int_eq(discarded, wanted);
}

static void discard(uint64_t first, uint64_t end)
{
	enum discard_rule rule = random_below(&seed, 2) ? DISCARD_ALL : DISCARD_NOT_CACHED;
	uint64_t marked = 0;

	for (uint64_t i = first; i < end; i++) {
		bool complete =
			state(i) == LIBUFFD_PAGE_CACHED || state(i) == LIBUFFD_PAGE_POISONED;

		if (complete && rule == DISCARD_NOT_CACHED)
			continue;
		marked += !(model[i] & DISCARDED);
		if (complete)
			model[i] &= (uint8_t)~STATE;
		model[i] |= DISCARDED;
	}
	ck_assert_uint_eq(pagestate_discard(&ps, first, end, rule), marked);
}

static void retire(uint64_t first, uint64_t end)
{
	pagestate_retire(&ps, first, end);
	for (uint64_t i = first; i < end; i++)
		if (state(i) != LIBUFFD_PAGE_BUSY)
			model[i] |= LIBUFFD_PAGE_POISONED;
}

/* One of the errors that are there; which one comes first in a word is not promised. */
static void check_claimed(uint64_t first, uint64_t end)
{
	int ret = pagestate_check_claimed(&ps, first, end);
	bool empty = false, complete = false;

	for (uint64_t i = first; i < end; i++) {
		empty |= state(i) == LIBUFFD_PAGE_EMPTY;
		complete |= state(i) == LIBUFFD_PAGE_CACHED || state(i) == LIBUFFD_PAGE_POISONED;
	}
	if (!empty && !complete)
		ck_assert_int_eq(ret, 0);
	else
		ck_assert((ret == -ENOLCK && empty) || (ret == -EALREADY && complete));
}

static void find(uint64_t first)
{
	uint64_t busy = first, unfilled = first;

	while (busy < PAGES && state(busy) != LIBUFFD_PAGE_BUSY)
		busy++;
	while (unfilled < PAGES && state(unfilled) != LIBUFFD_PAGE_BUSY && !alike(unfilled, false))
		unfilled++;
	ck_assert_uint_eq(pagestate_find_busy(&ps, first), busy);
	ck_assert_uint_eq(pagestate_find_unfilled(&ps, first), unfilled);
}

static void one_step(void)
{
	uint64_t first = random_below(&seed, PAGES);
	uint64_t end = first + 1 + random_below(&seed, PAGES - first);
	uint64_t page = first + random_below(&seed, end - first);
	uint64_t kind = random_below(&seed, 32);

	if (kind < 6)
		fault(page, first, end);
	else if (kind < 10)
		claim(first, end);
	else if (kind < 11)
		discard(first, end);
	else if (kind < 12)
		discard(page, page + 1);
	else if (kind < 14)
		check_claimed(first, end);
	else if (kind < 16)
		discarded_run(first, end);
	else if (kind < 17)
		find(page);
	else if (kind == 17 && random_below(&seed, 64) == 0)
		retire(page, page + 1);
	else if (owned(&first, &end)) {
		if (kind < 24)
			publish(first, end);
		else if (kind < 29)
			give_up(first, end);
		else if (kind < 31)
			waiters(first, end);
		else {
			pagestate_set_discarded(&ps, first);
			model[first] |= DISCARDED;
		}
	}
}

static void follows_a_simple_model(void)
{
	pages_make(&ps, PAGES);
	for (unsigned int i = 0; i < STEPS; i++) {
		one_step();
		for (uint64_t p = 0; p < PAGES; p++)
			if (pagestate_get(&ps, p) != model[p])
				ck_abort_msg("step %u: page %llu is %x, expected %x", i,
					     (unsigned long long)p, pagestate_get(&ps, p),
					     model[p]);
		/* Poison is for ever: begin again before it is everywhere. */
		if (i % 2000 == 1999) {
			pagestate_fini(&ps);
			pages_make(&ps, PAGES);
			memset(model, 0, sizeof(model));
		}
	}
	pagestate_fini(&ps);
}
TEST_MAIN(follows_a_simple_model)
