/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * See events.h. What the library calls of lib/memory/pagestate.c are these functions: each asks the
 * library's own and the model, page by page, and compares the answers. So the model follows
 * whatever way the library takes through the transitions. Discards and what is unmapped are the
 * model's own, from the message (events_model.c): there the library must find the pages by itself.
 */
#include "memory/pagestate.h"

#include "events.h"

static __typeof__(pagestate_fault) lib_fault;
static __typeof__(pagestate_claim) lib_claim;
static __typeof__(pagestate_check_claimed) lib_check_claimed;
static __typeof__(pagestate_discarded_run) lib_discarded_run;
static __typeof__(pagestate_has_waiters) lib_has_waiters;
static __typeof__(pagestate_take_waiters) lib_take_waiters;
static __typeof__(pagestate_give_waiters) lib_give_waiters;
static __typeof__(pagestate_set_discarded) lib_set_discarded;
static __typeof__(pagestate_publish) lib_publish;
static __typeof__(pagestate_give_up) lib_give_up;
static __typeof__(pagestate_find_busy) lib_find_busy;
static __typeof__(pagestate_find_unfilled) lib_find_unfilled;
static __typeof__(pagestate_count_unfilled) lib_count_unfilled;

#define pagestate_fault          lib_fault
#define pagestate_claim          lib_claim
#define pagestate_check_claimed  lib_check_claimed
#define pagestate_discarded_run  lib_discarded_run
#define pagestate_has_waiters    lib_has_waiters
#define pagestate_take_waiters   lib_take_waiters
#define pagestate_give_waiters   lib_give_waiters
#define pagestate_set_discarded  lib_set_discarded
#define pagestate_publish        lib_publish
#define pagestate_give_up        lib_give_up
#define pagestate_find_busy      lib_find_busy
#define pagestate_find_unfilled  lib_find_unfilled
#define pagestate_count_unfilled lib_count_unfilled
#include "memory/pagestate.c" /* NOLINT(bugprone-suspicious-include) */
#undef pagestate_fault
#undef pagestate_claim
#undef pagestate_check_claimed
#undef pagestate_discarded_run
#undef pagestate_has_waiters
#undef pagestate_take_waiters
#undef pagestate_give_waiters
#undef pagestate_set_discarded
#undef pagestate_publish
#undef pagestate_give_up
#undef pagestate_find_busy
#undef pagestate_find_unfilled
#undef pagestate_count_unfilled

/* This is no way through the library: the fuzzer need not see where it goes. */
#pragma clang attribute push(__attribute__((no_sanitize("coverage"))), apply_to = function)

/* Only who owns them may ask. */
static void must_be_owned(const struct model *m, uint64_t first, uint64_t end)
{
	MUST(first <= end && end <= m->pages);
	for (; first < end; first++)
		MUST(m->page[first].state == BUSY);
}

static bool alike(const struct model *m, uint64_t page, bool discarded)
{
	return m->page[page].state == EMPTY && m->page[page].discarded == discarded;
}

/* EMPTY pages alike in DISCARDED, from page on as far as they go. */
static struct page_run run_around(const struct model *m, uint64_t page, uint64_t low, uint64_t high)
{
	struct page_run run = {page, page + 1, m->page[page].discarded};

	while (run.first > low && alike(m, run.first - 1, run.discarded))
		run.first--;
	while (run.end < high && alike(m, run.end, run.discarded))
		run.end++;
	return run;
}

static void take_run(struct model *m, const struct page_run *ours, const struct page_run *theirs)
{
	MUST(theirs->first == ours->first && theirs->end == ours->end);
	MUST(theirs->discarded == ours->discarded);
	for (uint64_t i = ours->first; i < ours->end; i++)
		m->page[i].state = BUSY;
}

enum page_verdict pagestate_fault(struct pagestate *ps, uint64_t page, uint64_t low, uint64_t high,
				  struct page_run *run)
{
	enum page_verdict verdict = lib_fault(ps, page, low, high, run);
	struct model *m = model_of(ps);
	struct model_page *p = &m->page[page];
	struct page_run ours = {page, page + 1, p->discarded};

	MUST(low <= page && page < high && high <= m->pages);
	p->waiters = true;
	if (p->state == BUSY) {
		MUST(verdict == PAGE_WAITS);
		return verdict;
	}
	if (p->state == EMPTY)
		ours = run_around(m, page, low, high);
	MUST(verdict == (p->state == EMPTY    ? PAGE_CLAIMED
			 : p->state == CACHED ? PAGE_RECLAIMED
					      : PAGE_IS_POISONED));
	take_run(m, &ours, run);
	return verdict;
}

int pagestate_claim(struct pagestate *ps, uint64_t first, uint64_t end, struct page_run *run)
{
	int ret = lib_claim(ps, first, end, run);
	struct model *m = model_of(ps);
	struct page_run ours;
	bool busy = false;

	if (!m)
		return ret;
	for (; first < end && m->page[first].state != EMPTY; first++)
		busy |= m->page[first].state == BUSY;
	MUST(ret == (first < end ? 0 : busy ? -EBUSY : -EALREADY));
	if (ret == 0) {
		ours = run_around(m, first, first, end);
		take_run(m, &ours, run);
	}
	return ret;
}

int pagestate_check_claimed(const struct pagestate *ps, uint64_t first, uint64_t end)
{
	int ret = lib_check_claimed(ps, first, end);
	const struct model *m = model_of(ps);
	bool empty = false, complete = false;

	for (; first < end; first++) {
		empty |= m->page[first].state == EMPTY;
		complete |= m->page[first].state == CACHED || m->page[first].state == POISONED;
	}
	MUST(ret == 0         ? !empty && !complete
	     : ret == -ENOLCK ? empty
			      : ret == -EALREADY && complete);
	return ret;
}

uint64_t pagestate_discarded_run(const struct pagestate *ps, uint64_t first, uint64_t end,
				 bool *discarded)
{
	uint64_t stop = lib_discarded_run(ps, first, end, discarded);
	const struct model *m = model_of(ps);

	must_be_owned(m, first, end);
	MUST(*discarded == m->page[first].discarded);
	while (first < end && m->page[first].discarded == *discarded)
		first++;
	MUST(stop == first);
	return stop;
}

bool pagestate_has_waiters(const struct pagestate *ps, uint64_t first, uint64_t end)
{
	bool any = lib_has_waiters(ps, first, end), ours = false;
	const struct model *m = model_of(ps);

	must_be_owned(m, first, end);
	for (; first < end; first++)
		ours |= m->page[first].waiters;
	MUST(any == ours);
	return any;
}

bool pagestate_take_waiters(struct pagestate *ps, uint64_t first, uint64_t end)
{
	bool any = lib_take_waiters(ps, first, end), ours = false;
	struct model *m = model_of(ps);

	must_be_owned(m, first, end);
	for (; first < end; first++) {
		ours |= m->page[first].waiters;
		m->page[first].waiters = false;
	}
	MUST(any == ours);
	return any;
}

void pagestate_give_waiters(struct pagestate *ps, uint64_t first, uint64_t end)
{
	struct model *m = model_of(ps);

	lib_give_waiters(ps, first, end);
	must_be_owned(m, first, end);
	for (; first < end; first++)
		m->page[first].waiters = true;
}

void pagestate_set_discarded(struct pagestate *ps, uint64_t page)
{
	struct model *m = model_of(ps);

	lib_set_discarded(ps, page);
	must_be_owned(m, page, page + 1);
	m->page[page].discarded = true;
}

uint64_t pagestate_publish(struct pagestate *ps, uint64_t first, uint64_t end)
{
	uint64_t stop = lib_publish(ps, first, end);
	struct model *m = model_of(ps);

	must_be_owned(m, first, end);
	for (; first < end && !m->page[first].waiters; first++) {
		m->page[first].state = CACHED;
		m->page[first].held = false;
	}
	if (first < end)
		m->page[first].waiters = false;
	MUST(stop == first);
	return stop;
}

bool pagestate_give_up(struct pagestate *ps, uint64_t first, uint64_t end, unsigned int state)
{
	bool waited = lib_give_up(ps, first, end, state), ours = false;
	struct model *m = model_of(ps);

	MUST(state == EMPTY || state == POISONED);
	must_be_owned(m, first, end);
	for (; first < end; first++) {
		ours |= m->page[first].waiters;
		m->page[first].waiters = m->page[first].held = false;
		/* What was unmapped meanwhile is retired at once: nobody can ask for it. */
		m->page[first].state = m->page[first].address ? (uint8_t)state : POISONED;
	}
	MUST(waited == ours);
	return waited;
}

/* Would lose content, were it to become zeros; or somebody has it, and may yet bring some. */
static bool is_unfilled(const struct model_page *p)
{
	return p->state == BUSY || (p->state == EMPTY && !p->discarded);
}

uint64_t pagestate_find_busy(const struct pagestate *ps, uint64_t first)
{
	uint64_t found = lib_find_busy(ps, first);
	const struct model *m = model_of(ps);

	while (m && first < m->pages && m->page[first].state != BUSY)
		first++;
	MUST(!m || found == first);
	return found;
}

uint64_t pagestate_find_unfilled(const struct pagestate *ps, uint64_t first)
{
	uint64_t found = lib_find_unfilled(ps, first);
	const struct model *m = model_of(ps);

	while (m && first < m->pages && !is_unfilled(&m->page[first]))
		first++;
	MUST(!m || found == first);
	return found;
}

uint64_t pagestate_count_unfilled(const struct pagestate *ps)
{
	uint64_t n = lib_count_unfilled(ps), ours = 0;
	const struct model *m = model_of(ps);

	for (uint64_t i = 0; i < m->pages; i++)
		ours += is_unfilled(&m->page[i]);
	MUST(n == ours);
	return n;
}

#pragma clang attribute pop
