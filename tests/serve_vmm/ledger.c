/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what ledger.h says. Must never: touch the guest's memory. */
#include "ledger.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "say.h"

#define WRITER (UINT32_C(1) << 31)

int ledger_open(struct ledger *ledger, const struct memory *memory)
{
	ledger->memory = memory;
	ledger->frames = calloc(memory->frames, sizeof(*ledger->frames));
	ledger->units = calloc(memory_units(memory), sizeof(*ledger->units));
	if (ledger->frames && ledger->units)
		return 0;
	ledger_close(ledger);
	return complain("the ledger", ENOMEM);
}

void ledger_close(struct ledger *ledger)
{
	free((void *)ledger->frames);
	free((void *)ledger->units);
}

void ledger_use(struct ledger *ledger, uint64_t unit)
{
	uint32_t users = atomic_load(&ledger->units[unit]);

	for (;;) {
		if (users == WRITER) {
			sched_yield();
			users = atomic_load(&ledger->units[unit]);
		} else if (atomic_compare_exchange_weak(&ledger->units[unit], &users, users + 1)) {
			return;
		}
	}
}

void ledger_unuse(struct ledger *ledger, uint64_t unit)
{
	atomic_fetch_sub(&ledger->units[unit], 1);
}

bool ledger_try_write(struct ledger *ledger, uint64_t unit)
{
	uint32_t nobody = 0;

	return atomic_compare_exchange_strong(&ledger->units[unit], &nobody, WRITER);
}

void ledger_written(struct ledger *ledger, uint64_t unit)
{
	atomic_store(&ledger->units[unit], 0);
}

void ledger_discard_begin(struct ledger *ledger, uint64_t unit)
{
	uint64_t frames = ledger->memory->unit >> FRAME_SHIFT;

	for (uint64_t i = 0; i < frames; i++)
		atomic_fetch_or(&ledger->frames[unit * frames + i], LEDGER_ZEROING);
}

void ledger_discard_end(struct ledger *ledger, uint64_t unit)
{
	uint64_t frames = ledger->memory->unit >> FRAME_SHIFT;

	/* True as well while another discard of it goes on: nobody can have written since this one. */
	for (uint64_t i = 0; i < frames; i++)
		atomic_store(&ledger->frames[unit * frames + i], LEDGER_ZEROED);
}

uint32_t ledger_state(const struct ledger *ledger, uint64_t frame)
{
	return atomic_load(&ledger->frames[frame]);
}

void ledger_set_generation(struct ledger *ledger, uint64_t frame, uint32_t generation)
{
	uint32_t zeroed = atomic_load(&ledger->frames[frame]) & LEDGER_ZEROED;

	atomic_store(&ledger->frames[frame], zeroed | generation);
}

struct expected ledger_expected(uint64_t frame, uint32_t state)
{
	uint32_t generation = state & GENERATIONS_MAX;
	struct expected expected;

	expected.rest = state & LEDGER_ZEROED ? 0 : content_snapshot_base(frame);
	expected.own = generation ? content_base(frame, generation) : expected.rest;
	return expected;
}
