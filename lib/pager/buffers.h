/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the memory that content is read into before it is installed, and the bound on it.
 * Must never: allocate per fault, lock, or let background reads take the last room from demand.
 *
 * One mapping, reserved and resident as it is used, cut into units. A word of 64 units is one CAS,
 * so a room is a run of units within a word, aligned to its size. Demand takes from the bottom,
 * where memory stays warm; background reads take from the top, which may be of huge pages.
 */
#ifndef PAGER_BUFFERS_H
#define PAGER_BUFFERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUFFER_UNIT  (UINT64_C(64) << 10)
#define BUFFER_WORDS 64u /* at most: 256 MiB */
#define HUGE_BYTES   (UINT64_C(2) << 20)

struct buffers {
	uint8_t *base; /* aligned to HUGE_BYTES */
	void *mapping;
	size_t mapping_length;
	uint64_t units;
	_Atomic uint64_t taken[BUFFER_WORDS]; /* a bit a unit */
	_Atomic uint64_t units_taken;
	_Atomic uint64_t peak; /* bytes */
	_Atomic bool alone;    /* the one page that is larger than a word is being read */
};

struct room {
	uint8_t *at; /* NULL: none */
	uint64_t bytes;
};

int buffers_init(struct buffers *b, uint64_t bytes); /* 0, -ENOMEM */
void buffers_fini(struct buffers *b);

/* Room for bytes. background: leaves a quarter for others. False: there is none now. */
bool buffers_take(struct buffers *b, uint64_t bytes, bool background, struct room *room);
void buffers_give(struct buffers *b, struct room *room);

/* Whether a background read of so many bytes ever has room. */
bool buffers_hold(const struct buffers *b, uint64_t bytes);

/* Huge pages for the part that background reads use: what UFFDIO_MOVE keeps whole. */
void buffers_want_huge(struct buffers *b);

#endif
