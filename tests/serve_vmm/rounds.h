/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: which units a round touches, in which order: each once, at random. In a storm each is
 * thrown away first, and only then given to be touched. Must never: end a round before each was
 * touched.
 */
#ifndef SERVE_VMM_ROUNDS_H
#define SERVE_VMM_ROUNDS_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>

struct rounds {
	uint64_t units;
	uint64_t *order;
	unsigned int total;
	unsigned int number; /* of the round that goes on, from 1 */
	bool storm;
	bool more;           /* said by the last who ends a round */
	_Atomic bool finish; /* this round is the last */
	uint64_t seed;
	_Atomic uint64_t thrown; /* of order[]: may be touched */
	_Atomic uint64_t taken;  /* ... have been, or are being touched */
	sem_t may_throw;         /* how much the balloon may yet throw away */
	pthread_barrier_t barrier;
};

/* players: who takes; in a storm there is one more who throws. 0; -1: the reason was said. */
int rounds_open(struct rounds *rounds, uint64_t units, unsigned int total, bool storm,
		unsigned int players, uint64_t seed);
void rounds_close(struct rounds *rounds);

/* A unit to be touched; false: for now there is none. */
bool rounds_take(struct rounds *rounds, uint64_t *unit);
/* Whether each of this round was taken. */
bool rounds_all_taken(const struct rounds *rounds);
/* Waits until the others have ended the round, too; false: it was the last. */
bool rounds_next(struct rounds *rounds);
/* The round that goes on shall be the last. */
void rounds_finish(struct rounds *rounds);

/*
 * A storm's: how many units may be thrown away now, at most limit, where the round's order[thrown]
 * is the first; 0: all were. Waits until there is at least one.
 */
uint64_t rounds_may_throw(struct rounds *rounds, uint64_t limit);
void rounds_thrown(struct rounds *rounds, uint64_t count);

#endif
