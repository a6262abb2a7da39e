/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A thread that writes a number to one word after the other, then the next number, and so on. At
 * any instant the words are c, c ... c, c-1 ... c-1: whatever else is found is of no instant.
 */
#ifndef WALK_H
#define WALK_H

#include "snap.h"

struct step {
	uint8_t *at;  /* the word in memory */
	uint64_t out; /* ... and in the output */
};

struct walk {
	struct step *steps;
	size_t count;
	_Atomic bool ending;
	_Atomic uint64_t rounds;
	/* Called with every step before its word is written; NULL: nothing. */
	void (*before)(struct walk *w, size_t step);
	pthread_t thread;
};

static inline void walk_make(struct walk *w, size_t most)
{
	memset(w, 0, sizeof(*w));
	w->steps = calloc(most, sizeof(*w->steps));
	ck_assert_ptr_nonnull(w->steps);
}

/* Two words of a page: its first and its last. */
static inline void walk_add_page(struct walk *w, uint8_t *at, size_t page, uint64_t out)
{
	w->steps[w->count++] = (struct step){at, out};
	w->steps[w->count++] = (struct step){at + page - 8, out + page - 8};
}

/* The pages of a region from first on, every so many; out: of the region. */
static inline void walk_add(struct walk *w, const struct served *s, size_t first, size_t every,
			    uint64_t out)
{
	for (size_t k = first; k * s->m.page < s->m.length; k += every)
		walk_add_page(w, served_page(s, k), s->m.page, out + k * s->m.page);
}

/* In order, whatever the processor would rather. */
static inline void walk_write(uint8_t *at, uint64_t value)
{
	atomic_store((_Atomic uint64_t *)(void *)at, value);
}

static inline void *walk_main(void *arg)
{
	struct walk *w = arg;

	for (uint64_t c = 1; !atomic_load(&w->ending); c++) {
		for (size_t i = 0; i < w->count; i++) {
			if (w->before)
				w->before(w, i);
			walk_write(w->steps[i].at, c);
		}
		atomic_store(&w->rounds, c);
	}
	return NULL;
}

static inline void walk_start(struct walk *w)
{
	ck_assert_int_eq(pthread_create(&w->thread, NULL, walk_main, w), 0);
}

static inline void walk_end(struct walk *w)
{
	atomic_store(&w->ending, true);
	pthread_join(w->thread, NULL);
	free(w->steps);
}

static inline uint64_t walk_word(int fd, const uint8_t *image, uint64_t offset)
{
	uint64_t word = 0;

	if (image)
		memcpy(&word, image + offset, sizeof(word));
	else
		ck_assert_int_eq(pread(fd, &word, sizeof(word), (off_t)offset), sizeof(word));
	return word;
}

/* The words are of one instant: those in an image, or in a file where that is NULL. */
static inline void walk_is_of_an_instant(const struct walk *w, int fd, const uint8_t *image,
					 const char *what)
{
	uint64_t first = walk_word(fd, image, w->steps[0].out), before = first;

	for (size_t i = 1; i < w->count; i++) {
		uint64_t word = walk_word(fd, image, w->steps[i].out);

		if (word > before || word + 1 < first)
			ck_abort_msg("%s: word %zu of %zu is %llu after %llu, the first is %llu",
				     what, i, w->count, (unsigned long long)word,
				     (unsigned long long)before, (unsigned long long)first);
		before = word;
	}
}

/* A while of no certain length, at most some 100 us. */
static inline void walk_dither(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	for (uint32_t n = *seed >> 18; n; n--)
		atomic_signal_fence(memory_order_seq_cst);
}

#endif
