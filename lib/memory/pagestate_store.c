/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: where the words of a region's pages are: memory of its own, or a file's that another process
 * goes on from; and what is left of them without the owners of claims.
 * Must never: make a transition (pagestate.c does).
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "memory/pagestate_word.h"

/* Up to here the states are the allocator's; a mapping each would cost small regions a page each. */
#define SMALL_BYTES 4096u

uint64_t pagestate_bytes(uint64_t pages)
{
	return (pages + PER_WORD - 1) / PER_WORD * sizeof(uint64_t);
}

int pagestate_init(struct pagestate *ps, uint64_t pages)
{
	size_t bytes = (size_t)pagestate_bytes(pages);
	void *at;

	if (bytes <= SMALL_BYTES) {
		at = calloc(1, bytes);
	} else {
		at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		at = at == MAP_FAILED ? NULL : at;
	}
	if (!at)
		return -ENOMEM;
	/* 128 KiB for a GiB: a huge page would make 16 GiB of untouched states resident at once. */
	if (bytes > SMALL_BYTES)
		madvise(at, bytes, MADV_NOHUGEPAGE);
	ps->words = at;
	ps->pages = pages;
	ps->borrowed = false;
	return 0;
}

void pagestate_borrow(struct pagestate *ps, void *words, uint64_t pages)
{
	ps->words = words;
	ps->pages = pages;
	ps->borrowed = true;
}

void pagestate_fini(struct pagestate *ps)
{
	size_t bytes = (size_t)pagestate_bytes(ps->pages);

	if (ps->words && (ps->borrowed || bytes > SMALL_BYTES))
		munmap((void *)ps->words, bytes);
	else
		free((void *)ps->words);
	ps->words = NULL;
}

/* A word without claims and waiters. */
static uint64_t disowned(uint64_t word)
{
	return word & ~(in_state(word, BUSY) * STATE) & ~EVERY(WAITERS);
}

void pagestate_disown(struct pagestate *ps)
{
	for (uint64_t page = 0; page < ps->pages; page = next_word(page)) {
		uint64_t word = atomic_load(word_of(ps, page));

		/* Not a store for each: the file's pages are resident as they are written. */
		if (disowned(word) != word)
			atomic_store(word_of(ps, page), disowned(word));
	}
}

void pagestate_read(const struct pagestate *ps, uint64_t *words)
{
	for (uint64_t page = 0; page < ps->pages; page = next_word(page))
		words[page / PER_WORD] = atomic_load(word_of(ps, page));
}

void pagestate_copy(struct pagestate *ps, const uint64_t *words)
{
	for (uint64_t page = 0; page < ps->pages; page = next_word(page))
		if (disowned(words[page / PER_WORD]))
			atomic_store(word_of(ps, page), disowned(words[page / PER_WORD]));
}
