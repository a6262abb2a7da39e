/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what each frame must contain, and who may do what with it now.
 * Must never: hold back anybody who uses another unit: faults, what is brought beside them, and
 * discards are to meet in every way there is.
 *
 * A unit has many users at a time, or one writer. Discards are users like those that read: a read
 * that meets one finds, word by word, what was there or zero, and after the discard zero.
 */
#ifndef SERVE_VMM_LEDGER_H
#define SERVE_VMM_LEDGER_H

#include "memory.h"

/* Of a frame: GENERATIONS_MAX of its own words, and these. */
#define LEDGER_ZEROED  (UINT32_C(1) << 31) /* was thrown away */
#define LEDGER_ZEROING (UINT32_C(1) << 30) /* is being thrown away */

struct ledger {
	const struct memory *memory;
	_Atomic uint32_t *frames;
	_Atomic uint32_t *units;
};

int ledger_open(struct ledger *ledger, const struct memory *memory);
void ledger_close(struct ledger *ledger);

/* Waits for a writer only. */
void ledger_use(struct ledger *ledger, uint64_t unit);
void ledger_unuse(struct ledger *ledger, uint64_t unit);
/* false: somebody uses it. */
bool ledger_try_write(struct ledger *ledger, uint64_t unit);
void ledger_written(struct ledger *ledger, uint64_t unit);

/* Of a unit in use, around what throws it away. */
void ledger_discard_begin(struct ledger *ledger, uint64_t unit);
void ledger_discard_end(struct ledger *ledger, uint64_t unit);

uint32_t ledger_state(const struct ledger *ledger, uint64_t frame);
/* A writer's. */
void ledger_set_generation(struct ledger *ledger, uint64_t frame, uint32_t generation);

/* The words of a frame in that state: those that nobody writes to, and the guest's own. */
struct expected {
	uint64_t rest; /* bases, as content_word() takes them */
	uint64_t own;
};
struct expected ledger_expected(uint64_t frame, uint32_t state);

#endif
