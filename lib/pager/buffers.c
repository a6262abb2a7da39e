/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See buffers.h. */
#include "pager/buffers.h"

#include <errno.h>
#include <sys/mman.h>

#include "util/pages.h"

#define PER_WORD   64u
#define WORD_BYTES (PER_WORD * BUFFER_UNIT)

int buffers_init(struct buffers *b, uint64_t bytes)
{
	uint64_t most = BUFFER_WORDS * WORD_BYTES;

	b->units = (bytes < most ? bytes : most) / BUFFER_UNIT;
	b->mapping_length = (size_t)(b->units * BUFFER_UNIT + HUGE_BYTES);
	b->mapping = mmap(NULL, b->mapping_length, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (b->mapping == MAP_FAILED) {
		b->mapping = NULL;
		return -ENOMEM;
	}
	b->base = (uint8_t *)(((uintptr_t)b->mapping + HUGE_BYTES - 1) & ~(HUGE_BYTES - 1));
	/*
	 * Small reads, of which there may be one a second, must not each bring a huge page. A child
	 * has no use for half a read, and copies for it would take pages out of UFFDIO_MOVE's
	 * hands.
	 */
	madvise(b->mapping, b->mapping_length, MADV_NOHUGEPAGE);
	madvise(b->mapping, b->mapping_length, MADV_DONTFORK);
	/* What lies behind the end is always taken. */
	for (uint64_t unit = b->units; unit < (uint64_t)BUFFER_WORDS * PER_WORD; unit++)
		b->taken[unit / PER_WORD] |= UINT64_C(1) << unit % PER_WORD;
	return 0;
}

void buffers_fini(struct buffers *b)
{
	pages_free(b->mapping, b->mapping_length);
}

void buffers_want_huge(struct buffers *b)
{
	uint64_t bytes = b->units * BUFFER_UNIT;
	uint64_t from = (bytes / 4 + HUGE_BYTES - 1) & ~(HUGE_BYTES - 1);

	if (from < bytes)
		madvise(b->base + from, (size_t)(bytes - from), MADV_HUGEPAGE);
}

/* The bits of n units from the first-th of a word on. */
static uint64_t mask_of(unsigned int first, unsigned int n)
{
	return (n == PER_WORD ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1) << first;
}

/* n units, a power of two, in one word. The first of them, or -1. */
static int take_in_word(_Atomic uint64_t *word, unsigned int n)
{
	uint64_t old = atomic_load(word);
	unsigned int first = 0;

	while (first < PER_WORD) {
		uint64_t mask = mask_of(first, n);

		if (old & mask) {
			first += n;
			continue;
		}
		if (atomic_compare_exchange_weak(word, &old, old | mask))
			return (int)first;
	}
	return -1;
}

static unsigned int units_for(uint64_t bytes)
{
	unsigned int n = 1;

	while (n * BUFFER_UNIT < bytes)
		n *= 2;
	return n;
}

static void note_peak(struct buffers *b, uint64_t bytes)
{
	uint64_t old = atomic_load_explicit(&b->peak, memory_order_relaxed);

	while (bytes > old && !atomic_compare_exchange_weak(&b->peak, &old, bytes))
		;
}

/* n more units, where that is not above limit. */
static bool count_in(struct buffers *b, uint64_t n, uint64_t limit)
{
	uint64_t old = atomic_load(&b->units_taken);

	do {
		if (old + n > limit)
			return false;
	} while (!atomic_compare_exchange_weak(&b->units_taken, &old, old + n));
	note_peak(b, (old + n) * BUFFER_UNIT);
	return true;
}

/* A page larger than all: a mapping of its own, for one at a time. */
static bool take_alone(struct buffers *b, uint64_t bytes, struct room *room)
{
	if (atomic_exchange(&b->alone, true))
		return false;
	*room = (struct room){pages_alloc((size_t)bytes), bytes};
	if (!room->at)
		atomic_store(&b->alone, false);
	else
		note_peak(b, bytes + atomic_load(&b->units_taken) * BUFFER_UNIT);
	return room->at != NULL;
}

bool buffers_take(struct buffers *b, uint64_t bytes, bool background, struct room *room)
{
	unsigned int n, words = (unsigned int)((b->units + PER_WORD - 1) / PER_WORD);
	uint64_t limit = background ? b->units - b->units / 4 : b->units;

	if (bytes > WORD_BYTES || bytes > b->units * BUFFER_UNIT)
		return take_alone(b, bytes, room);
	n = units_for(bytes);
	/* Where the bound itself is small, a large page may take all of it. */
	if (!count_in(b, n, n > limit ? b->units : limit))
		return false;
	for (unsigned int i = 0; i < words; i++) {
		unsigned int w = background ? words - 1 - i : i;
		int first = take_in_word(&b->taken[w], n);

		if (first < 0)
			continue;
		room->at = b->base + w * WORD_BYTES + (unsigned int)first * BUFFER_UNIT;
		room->bytes = n * BUFFER_UNIT;
		return true;
	}
	atomic_fetch_sub(&b->units_taken, n);
	return false;
}

void buffers_give(struct buffers *b, struct room *room)
{
	uint64_t unit, n = room->bytes / BUFFER_UNIT;

	if (!room->at)
		return;
	if (room->at < b->base || room->at >= b->base + b->units * BUFFER_UNIT) {
		pages_free(room->at, (size_t)room->bytes);
		atomic_store(&b->alone, false);
	} else {
		unit = (uint64_t)(room->at - b->base) / BUFFER_UNIT;
		atomic_fetch_and(&b->taken[unit / PER_WORD],
				 ~mask_of((unsigned int)(unit % PER_WORD), (unsigned int)n));
		atomic_fetch_sub(&b->units_taken, n);
	}
	room->at = NULL;
}

bool buffers_hold(const struct buffers *b, uint64_t bytes)
{
	return bytes <= WORD_BYTES && units_for(bytes) <= b->units - b->units / 4;
}
