/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what the words of JSON are (RFC 8259), a byte at a time: strings, numbers, literals, and
 * how deep brackets are nested. What order they may come in is the tokener's. Must never: depend on
 * which version of the JSON library there is. That takes NaN and numbers like 1. and 00, ends at a
 * NUL, cuts a key at \u0000, and what is larger than 64 bits it makes smaller, all without a word
 * and not alike in all its versions.
 */
#ifndef FIRECRACKER_WORDS_H
#define FIRECRACKER_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include <uffd/fdpass.h>

enum words_state {
	WORDS_BEFORE, /* nothing but white space yet */
	WORDS_BETWEEN,
	WORDS_BEHIND, /* the array has ended */
	WORDS_LITERAL,
	WORDS_STRING,
	WORDS_ESCAPE,
	WORDS_HEX,
	/* A number, and what of it was last. */
	WORDS_MINUS,
	WORDS_ZERO,
	WORDS_DIGITS,
	WORDS_POINT,
	WORDS_FRACTION,
	WORDS_E,
	WORDS_E_SIGN,
	WORDS_E_DIGITS,
};

/* All zero is the beginning. */
struct words {
	enum words_state state;
	uint32_t depth;
	const char *literal;  /* what is to come of it */
	uint64_t number;      /* its digits so far, if it is an integer */
	uint32_t hex, digits; /* of \u */
	bool negative, large; /* of an integer; whether 64 bits do not hold it */
	bool nul;             /* the last string has a \u0000 in it */
	uint32_t element;     /* which one of the array */
	/* How many pairs an object that is an element has, equal keys and all. */
	uint16_t pairs[LIBUFFD_PEER_REGIONS_MAX];
};

/*
 * The next byte. 0; 1: the same, and an integer that 64 bits do not hold has ended just before it;
 * -EBADMSG: it cannot be there.
 */
int words_take(struct words *w, char byte);

#endif
