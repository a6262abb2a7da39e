/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what was reported of each page, to tell whether a write was lost.
 * Must never: look at a page that was not reported, before the end.
 *
 * It does what a migration would: it takes what a page has each time that it is reported. In the end
 * what it has taken must be what is there.
 */
#ifndef EXAMPLES_RATE_LEDGER_H
#define EXAMPLES_RATE_LEDGER_H

#include <uffd/dirty.h>

#include "arena.h"
#include "writers.h"

struct ledger {
	const struct arena *arena;
	uint64_t lose;   /* a page whose reports are ignored, or NO_PAGE */
	uint64_t *taken; /* the first word of each page, from its last report */
	uint8_t *reported;
};

/* 0, or -1 and it has said why. */
int ledger_open(struct ledger *l, const struct arena *arena, uint64_t lose);
void ledger_close(struct ledger *l);

void ledger_report(struct ledger *l, const struct uffd_range *range);

/* When nobody writes any more. In how many pages a write was lost; if any, it has said so. */
uint64_t ledger_verify(const struct ledger *l, const struct writers *writers);

#endif
