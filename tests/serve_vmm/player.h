/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what a guest does, and the judgement of what it finds.
 * Must never: take a word for right because it was so a moment ago.
 */
#ifndef SERVE_VMM_PLAYER_H
#define SERVE_VMM_PLAYER_H

#include "vmm.h"

/* Touches every unit of every round, and others at random. In the thread of that player. */
void player_run(struct vmm *vmm, unsigned int player);
/* "WRONG page ...", and the end of the program. */
__attribute__((noreturn)) void player_wrong(uint64_t frame, uint64_t index, uint64_t word);
/* A page whose content is lost: the end of the program, unless it may be. */
void player_lost(struct vmm *vmm, uint64_t frame);

#endif
