/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See bits.h. Words of 64, the first and the last of a range masked. */
#include "util/bits.h"

/* Which bits of the word at from belong to [from, end); *next is where the next word begins. */
static uint64_t word_mask(uint64_t from, uint64_t end, uint64_t *next)
{
	uint64_t mask = UINT64_MAX << from % 64;

	*next = from / 64 * 64 + 64;
	if (*next > end) {
		mask &= UINT64_MAX >> (*next - end);
		*next = end;
	}
	return mask;
}

uint64_t bits_find(const uint64_t *bits, uint64_t from, uint64_t end, bool value)
{
	uint64_t next;

	for (; from < end; from = next) {
		uint64_t mask = word_mask(from, end, &next);
		uint64_t word = (value ? bits[from / 64] : ~bits[from / 64]) & mask;

		if (word)
			return from / 64 * 64 + (uint64_t)__builtin_ctzll(word);
	}
	return end;
}

void bits_set(uint64_t *bits, uint64_t first, uint64_t end)
{
	uint64_t next;

	for (; first < end; first = next) {
		uint64_t mask = word_mask(first, end, &next);

		bits[first / 64] |= mask;
	}
}

/* What is clear already is not written to: that would make it resident. */
void bits_clear(uint64_t *bits, uint64_t first, uint64_t end)
{
	uint64_t next;

	for (; first < end; first = next) {
		uint64_t mask = word_mask(first, end, &next);

		if (bits[first / 64] & mask)
			bits[first / 64] &= ~mask;
	}
}

uint64_t bits_add(uint64_t *to, const uint64_t *from, uint64_t first, uint64_t end)
{
	uint64_t next, n = 0;

	for (; first < end; first = next) {
		uint64_t word = from[first / 64] & word_mask(first, end, &next);

		if (!word)
			continue;
		to[first / 64] |= word;
		n += (uint64_t)__builtin_popcountll(word);
	}
	return n;
}

uint64_t bits_count(const uint64_t *bits, uint64_t first, uint64_t end)
{
	uint64_t next, n = 0;

	for (; first < end; first = next) {
		uint64_t mask = word_mask(first, end, &next);

		n += (uint64_t)__builtin_popcountll(bits[first / 64] & mask);
	}
	return n;
}
