/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what a running VMM is made of. Must never: have a part that its users cannot see here. */
#ifndef SERVE_VMM_VMM_H
#define SERVE_VMM_VMM_H

#include "gate.h"
#include "guest.h"
#include "ledger.h"
#include "memory.h"
#include "options.h"
#include "rounds.h"
#include "watch.h"

/* Actors of the watchdog: players from 0, then these. */
#define ACTOR_BALLOON(vmm) ((vmm)->options.players)
#define ACTOR_CHECKER(vmm) ((vmm)->options.players + 1)
#define ACTORS(vmm)        ((vmm)->options.players + 2)

struct vmm {
	struct options options;
	struct memory memory;
	struct ledger ledger;
	struct guest guest;
	struct gate gate;
	struct rounds rounds;
	struct watch *watch;
	_Atomic uint32_t generation; /* the last that was written */
	_Atomic uint64_t lost;       /* accesses that ended by SIGBUS, where they may */
};

#endif
