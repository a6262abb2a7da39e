/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what balloon.h says. Must never: choose what a range may be by what is convenient. */
#include "balloon.h"

#include <stdatomic.h>

#include "discard.h"
#include "random.h"

#define BURST 64 /* units */

/* Single pages here and there: in a burst, as fast as it goes. */
static uint64_t throw_burst(struct vmm *vmm, uint64_t *random)
{
	uint64_t units[BURST], count = 1 + random_below(random, BURST);

	for (uint64_t i = 0; i < count; i++)
		units[i] = random_below(random, memory_units(&vmm->memory));
	discard_units(vmm, units, count);
	return count;
}

/* A range of pages, up to an eighth of memory, wherever borders of regions are. */
static uint64_t throw_range(struct vmm *vmm, uint64_t *random)
{
	uint64_t unit = vmm->memory.unit, all = vmm->memory.length / unit;
	uint64_t from = random_below(random, all), count = 1 + random_below(random, all / 8 + 1);

	if (count > all - from)
		count = all - from;
	discard_range(vmm, from * unit, (from + count) * unit);
	return count;
}

/* More than a region: from before its begin, where something is there, to behind its end. */
static uint64_t throw_region(struct vmm *vmm, uint64_t *random)
{
	const struct memory *memory = &vmm->memory;
	const struct region *region = &memory->regions[random_below(random, memory->count)];
	uint64_t from = (uint64_t)(region->at - memory->at), to = from + region->length;

	if (from)
		from -= memory->unit;
	if (to < memory->length)
		to += memory->unit;
	discard_range(vmm, from, to);
	return (to - from) / memory->unit;
}

/* Of huge pages: what is no multiple of them at the end is left, at the begin it is an error. */
static uint64_t throw_unaligned(struct vmm *vmm, uint64_t *random)
{
	uint64_t unit = random_below(random, memory_units(&vmm->memory));
	uint64_t from = (uint64_t)(memory_unit(&vmm->memory, unit) - vmm->memory.at);
	uint64_t part = random_below(random, vmm->memory.unit >> FRAME_SHIFT) << FRAME_SHIFT;

	if (vmm->memory.unit == FRAME_SIZE)
		return throw_burst(vmm, random);
	discard_within_huge_page(vmm, unit);
	if (from + vmm->memory.unit + part > vmm->memory.length)
		part = 0;
	discard_range(vmm, from, from + vmm->memory.unit + part);
	return 1;
}

/* Returns how many units it was. */
static uint64_t throw_something(struct vmm *vmm, uint64_t *random)
{
	switch (random_below(random, 64)) {
	case 0:
		return throw_region(vmm, random);
	case 1 ... 8:
		return throw_range(vmm, random);
	case 9 ... 24:
		return throw_unaligned(vmm, random);
	default:
		return throw_burst(vmm, random);
	}
}

/* Until the guest has touched twice as many pages as were thrown away, from now on. */
static void rest(struct vmm *vmm, uint64_t thrown, const _Atomic bool *stop)
{
	while (sem_trywait(&vmm->gate.pairs) == 0)
		;
	while (thrown-- && !atomic_load(stop))
		while (sem_wait(&vmm->gate.pairs) < 0)
			;
}

void balloon_run(struct vmm *vmm, const _Atomic bool *stop)
{
	uint64_t random = vmm->options.seed + PLAYERS_MAX;

	while (!atomic_load(stop))
		rest(vmm, throw_something(vmm, &random), stop);
}

void balloon_storm(struct vmm *vmm)
{
	struct rounds *rounds = &vmm->rounds;
	uint64_t random = vmm->options.seed + PLAYERS_MAX, count;

	do {
		while ((count = rounds_may_throw(rounds, 1 + random_below(&random, BURST)))) {
			discard_units(vmm, rounds->order + atomic_load(&rounds->thrown), count);
			rounds_thrown(rounds, count);
			if (random_below(&random, 32) == 0)
				throw_something(vmm, &random);
		}
	} while (rounds_next(rounds));
}
