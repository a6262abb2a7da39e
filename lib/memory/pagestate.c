/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See pagestate.h. One 64-bit word holds sixteen pages; one CAS moves any of them. */
#include "memory/pagestate.h"

#include <errno.h>

#include "memory/pagestate_word.h"

static bool swap_word(_Atomic uint64_t *word, uint64_t *old, uint64_t new)
{
	/* Sequentially consistent: publishing is followed by a look at who sleeps on a futex. */
	return atomic_compare_exchange_weak(word, old, new);
}

unsigned int pagestate_get(const struct pagestate *ps, uint64_t page)
{
	return (unsigned int)(atomic_load(word_of(ps, page)) >> shift_of(page)) & 0xf;
}

/* The pages of word that a claim with this DISCARDED may take, as lowest bits. */
static uint64_t claimable(uint64_t word, bool discarded)
{
	uint64_t marked = word >> 3 & ONES;

	return in_state(word, EMPTY) & (discarded ? marked : ~marked);
}

/* How many pages from page on, upwards within its word and below end, are set in ones. */
static uint64_t count_up(uint64_t ones, uint64_t page, uint64_t end)
{
	uint64_t stops = (~ones & ONES) >> shift_of(page);
	uint64_t n = stops ? (uint64_t)__builtin_ctzll(stops) / 4 : PER_WORD - page % PER_WORD;

	return min64(n, end - page);
}

/* How many pages below page, downwards within the word of page - 1 and not below low, are set. */
static uint64_t count_down(uint64_t ones, uint64_t page, uint64_t low)
{
	unsigned int shift = shift_of(page - 1);
	uint64_t stops = (~ones & ONES) << (60 - shift);
	uint64_t n = stops ? (uint64_t)__builtin_clzll(stops) / 4 : (uint64_t)shift / 4 + 1;

	return min64(n, page - low);
}

/* Takes the pages directly above the run, word by word, as long as they are alike. */
static void extend_up(struct pagestate *ps, struct page_run *run, uint64_t high)
{
	while (run->end < high) {
		_Atomic uint64_t *word = word_of(ps, run->end);
		uint64_t old = atomic_load(word);
		uint64_t n, stop = next_word(run->end);

		do {
			n = count_up(claimable(old, run->discarded), run->end, high);
			if (n == 0)
				return;
		} while (!swap_word(word, &old,
				    old | (mask_of(run->end, run->end + n) & EVERY(BUSY))));
		run->end += n;
		if (run->end != stop)
			return;
	}
}

static void extend_down(struct pagestate *ps, struct page_run *run, uint64_t low)
{
	while (run->first > low) {
		_Atomic uint64_t *word = word_of(ps, run->first - 1);
		uint64_t old = atomic_load(word);
		uint64_t n, stop = (run->first - 1) / PER_WORD * PER_WORD;

		do {
			n = count_down(claimable(old, run->discarded), run->first, low);
			if (n == 0)
				return;
		} while (!swap_word(word, &old,
				    old | (mask_of(run->first - n, run->first) & EVERY(BUSY))));
		run->first -= n;
		if (run->first != stop)
			return;
	}
}

enum page_verdict pagestate_fault(struct pagestate *ps, uint64_t page, uint64_t low, uint64_t high,
				  struct page_run *run)
{
	_Atomic uint64_t *word = word_of(ps, page);
	uint64_t old = atomic_load(word);
	uint64_t bits = UINT64_C(1) << shift_of(page);
	uint64_t new;

	for (;;) {
		unsigned int now = (unsigned int)(old >> shift_of(page)) & 0xf;

		switch (now & STATE) {
		case BUSY:
			if (now & WAITERS || swap_word(word, &old, old | bits * WAITERS))
				return PAGE_WAITS;
			break;
		case CACHED:
		case POISONED:
			*run = (struct page_run){page, page + 1, now & DISCARDED};
			new = (old & ~(bits * STATE)) | bits *(BUSY | WAITERS);
			if (swap_word(word, &old, new))
				return (now & STATE) == CACHED ? PAGE_RECLAIMED : PAGE_IS_POISONED;
			break;
		case EMPTY:
			*run = (struct page_run){page, page + 1, now & DISCARDED};
			if (page % PER_WORD && page > low)
				run->first -= count_down(claimable(old, run->discarded), page, low);
			run->end = page + count_up(claimable(old, run->discarded), page, high);
			new = old | (mask_of(run->first, run->end) & EVERY(BUSY)) | bits *WAITERS;
			if (!swap_word(word, &old, new))
				break;
			if (run->first % PER_WORD == 0)
				extend_down(ps, run, low);
			if (run->end % PER_WORD == 0)
				extend_up(ps, run, high);
			return PAGE_CLAIMED;
		}
	}
}

int pagestate_claim(struct pagestate *ps, uint64_t first, uint64_t end, struct page_run *run)
{
	bool busy = false;

	for (uint64_t page = first; page < end; page = next_word(page)) {
		_Atomic uint64_t *word = word_of(ps, page);
		uint64_t mask = mask_of(page, end);
		uint64_t old = atomic_load(word);
		uint64_t empty;

		while ((empty = in_state(old, EMPTY) & mask)) {
			uint64_t at =
				page / PER_WORD * PER_WORD + (uint64_t)__builtin_ctzll(empty) / 4;
			uint64_t new;

			*run = (struct page_run){at, at, old >> shift_of(at) & DISCARDED};
			run->end += count_up(claimable(old, run->discarded), at, end);
			new = old | (mask_of(at, run->end) & EVERY(BUSY));
			if (!swap_word(word, &old, new))
				continue;
			if (run->end % PER_WORD == 0)
				extend_up(ps, run, end);
			return 0;
		}
		busy |= (in_state(old, BUSY) & mask) != 0;
	}
	return busy ? -EBUSY : -EALREADY;
}

int pagestate_check_claimed(const struct pagestate *ps, uint64_t first, uint64_t end)
{
	for (uint64_t page = first; page < end; page = next_word(page)) {
		uint64_t word = atomic_load(word_of(ps, page));
		uint64_t mask = mask_of(page, end);
		uint64_t other = ~in_state(word, BUSY) & mask & ONES;

		if (other)
			return other & in_state(word, EMPTY) ? -ENOLCK : -EALREADY;
	}
	return 0;
}

uint64_t pagestate_discarded_run(const struct pagestate *ps, uint64_t first, uint64_t end,
				 bool *discarded)
{
	*discarded = pagestate_get(ps, first) & DISCARDED;
	for (uint64_t page = first; page < end; page = next_word(page)) {
		uint64_t marked = atomic_load(word_of(ps, page)) >> 3 & ONES;
		uint64_t n = count_up(*discarded ? marked : ~marked & ONES, page, end);

		if (page + n < end && (page + n) % PER_WORD)
			return page + n;
		if (n == 0)
			return page;
	}
	return end;
}

bool pagestate_has_waiters(const struct pagestate *ps, uint64_t first, uint64_t end)
{
	for (uint64_t page = first; page < end; page = next_word(page))
		if (atomic_load(word_of(ps, page)) & mask_of(page, end) & EVERY(WAITERS))
			return true;
	return false;
}

bool pagestate_take_waiters(struct pagestate *ps, uint64_t first, uint64_t end)
{
	bool any = false;

	for (uint64_t page = first; page < end; page = next_word(page)) {
		_Atomic uint64_t *word = word_of(ps, page);
		uint64_t bits = mask_of(page, end) & EVERY(WAITERS);

		if (atomic_load(word) & bits) {
			atomic_fetch_and(word, ~bits);
			any = true;
		}
	}
	return any;
}

void pagestate_give_waiters(struct pagestate *ps, uint64_t first, uint64_t end)
{
	for (uint64_t page = first; page < end; page = next_word(page))
		atomic_fetch_or(word_of(ps, page), mask_of(page, end) & EVERY(WAITERS));
}

void pagestate_set_discarded(struct pagestate *ps, uint64_t page)
{
	atomic_fetch_or(word_of(ps, page), (uint64_t)DISCARDED << shift_of(page));
}

uint64_t pagestate_publish(struct pagestate *ps, uint64_t first, uint64_t end)
{
	for (uint64_t page = first; page < end; page = next_word(page)) {
		_Atomic uint64_t *word = word_of(ps, page);
		uint64_t old = atomic_load(word);
		uint64_t mask, waiting, stop, new;

		do {
			mask = mask_of(page, end);
			waiting = old & mask & EVERY(WAITERS);
			stop = end;
			new = old;
			if (waiting) {
				stop = page / PER_WORD * PER_WORD +
				       (uint64_t)__builtin_ctzll(waiting) / 4;
				new &= ~((uint64_t)WAITERS << shift_of(stop));
				mask = stop > page ? mask_of(page, stop) : 0;
			}
			/* BUSY 01 -> CACHED 10 */
			new ^= mask &EVERY(BUSY ^ CACHED);
		} while (!swap_word(word, &old, new));
		if (waiting)
			return stop;
	}
	return end;
}

bool pagestate_give_up(struct pagestate *ps, uint64_t first, uint64_t end, unsigned int state)
{
	bool waited = false;

	for (uint64_t page = first; page < end; page = next_word(page)) {
		_Atomic uint64_t *word = word_of(ps, page);
		uint64_t mask = mask_of(page, end);
		uint64_t old = atomic_load(word);
		uint64_t new;

		do {
			new = (old & ~(mask & EVERY(STATE | WAITERS))) |
			      (mask & EVERY((uint64_t)state));
		} while (!swap_word(word, &old, new));
		waited |= (old & mask & EVERY(WAITERS)) != 0;
	}
	return waited;
}

uint64_t pagestate_discard(struct pagestate *ps, uint64_t first, uint64_t end,
			   enum discard_rule rule)
{
	uint64_t marked = 0;

	for (uint64_t page = first; page < end; page = next_word(page)) {
		_Atomic uint64_t *word = word_of(ps, page);
		uint64_t old = atomic_load(word);
		uint64_t gone, hit, new;

		do {
			uint64_t ones = mask_of(page, end) & ONES;
			uint64_t cached = in_state(old, CACHED);
			uint64_t poisoned = in_state(old, POISONED);

			/* What is mapped or marked in the page table goes with it; see the rule. */
			gone = rule == DISCARD_ALL ? ones & (cached | poisoned) : 0;
			hit = ones & (gone | in_state(old, EMPTY) | in_state(old, BUSY));
			new = (old & ~(gone * STATE)) | hit *DISCARDED;
		} while (new != old && !swap_word(word, &old, new));
		marked += (uint64_t)__builtin_popcountll(hit & ~(old >> 3));
	}
	return marked;
}

void pagestate_retire(struct pagestate *ps, uint64_t first, uint64_t end)
{
	for (uint64_t page = first; page < end; page = next_word(page)) {
		_Atomic uint64_t *word = word_of(ps, page);
		uint64_t old = atomic_load(word);
		uint64_t ones;

		do {
			ones = mask_of(page, end) & ONES & ~in_state(old, BUSY);
		} while (!swap_word(word, &old, old | ones * POISONED));
	}
}

/* The pages of a word, as lowest bits, that are BUSY or would lose content. */
static uint64_t unfilled(uint64_t word)
{
	return in_state(word, BUSY) | claimable(word, false);
}

static uint64_t find(const struct pagestate *ps, uint64_t first, bool busy)
{
	for (uint64_t page = first; page < ps->pages; page = next_word(page)) {
		uint64_t word = atomic_load(word_of(ps, page));
		uint64_t hits = busy ? in_state(word, BUSY) : unfilled(word);

		hits &= mask_of(page, ps->pages);
		if (hits)
			return page / PER_WORD * PER_WORD + (uint64_t)__builtin_ctzll(hits) / 4;
	}
	return ps->pages;
}

uint64_t pagestate_find_busy(const struct pagestate *ps, uint64_t first)
{
	return find(ps, first, true);
}

uint64_t pagestate_find_unfilled(const struct pagestate *ps, uint64_t first)
{
	return find(ps, first, false);
}

uint64_t pagestate_count_unfilled(const struct pagestate *ps)
{
	uint64_t n = 0;

	for (uint64_t page = 0; page < ps->pages; page = next_word(page)) {
		uint64_t word = atomic_load(word_of(ps, page));

		n += (uint64_t)__builtin_popcountll(unfilled(word) & mask_of(page, ps->pages));
	}
	return n;
}
