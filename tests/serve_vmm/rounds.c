/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what rounds.h says. Must never: touch memory. */
#include "rounds.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "random.h"
#include "say.h"

/* How far a storm is ahead of the guest: what is thrown away is touched again soon. */
#define AHEAD 256

static void shuffle(struct rounds *rounds)
{
	for (uint64_t i = rounds->units - 1; i > 0; i--) {
		uint64_t j = random_below(&rounds->seed, i + 1), unit = rounds->order[i];

		rounds->order[i] = rounds->order[j];
		rounds->order[j] = unit;
	}
	atomic_store(&rounds->thrown, rounds->storm ? 0 : rounds->units);
	atomic_store(&rounds->taken, 0);
	rounds->number++;
}

int rounds_open(struct rounds *rounds, uint64_t units, unsigned int total, bool storm,
		unsigned int players, uint64_t seed)
{
	rounds->order = calloc(units, sizeof(*rounds->order));
	if (!rounds->order)
		return complain("the order of a round", ENOMEM);
	for (uint64_t i = 0; i < units; i++)
		rounds->order[i] = i;
	rounds->units = units;
	rounds->total = total;
	rounds->number = 0;
	rounds->finish = false;
	rounds->storm = storm;
	rounds->seed = seed;
	sem_init(&rounds->may_throw, 0, AHEAD);
	pthread_barrier_init(&rounds->barrier, NULL, players + storm);
	shuffle(rounds);
	return 0;
}

void rounds_close(struct rounds *rounds)
{
	pthread_barrier_destroy(&rounds->barrier);
	sem_destroy(&rounds->may_throw);
	free(rounds->order);
}

bool rounds_take(struct rounds *rounds, uint64_t *unit)
{
	uint64_t next = atomic_load(&rounds->taken);

	do {
		if (next >= atomic_load(&rounds->thrown))
			return false;
	} while (!atomic_compare_exchange_weak(&rounds->taken, &next, next + 1));
	*unit = rounds->order[next];
	if (rounds->storm)
		sem_post(&rounds->may_throw);
	return true;
}

bool rounds_all_taken(const struct rounds *rounds)
{
	return atomic_load(&rounds->taken) == rounds->units;
}

bool rounds_next(struct rounds *rounds)
{
	if (pthread_barrier_wait(&rounds->barrier) == PTHREAD_BARRIER_SERIAL_THREAD) {
		say("round %u", rounds->number);
		rounds->more = rounds->number < rounds->total && !atomic_load(&rounds->finish);
		if (rounds->more)
			shuffle(rounds);
	}
	pthread_barrier_wait(&rounds->barrier);
	return rounds->more;
}

void rounds_finish(struct rounds *rounds)
{
	atomic_store(&rounds->finish, true);
}

uint64_t rounds_may_throw(struct rounds *rounds, uint64_t limit)
{
	uint64_t left = rounds->units - atomic_load(&rounds->thrown), count;

	if (!left)
		return 0;
	while (sem_wait(&rounds->may_throw) < 0)
		;
	for (count = 1; count < limit && count < left; count++)
		if (sem_trywait(&rounds->may_throw) < 0)
			break;
	return count;
}

void rounds_thrown(struct rounds *rounds, uint64_t count)
{
	atomic_fetch_add(&rounds->thrown, count);
}
