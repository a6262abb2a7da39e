/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: who touches guest memory: the vCPUs of a KVM guest (vcpu.c), or threads (thread_guest.c).
 * Must never: know what is right; it looks for what it is told to expect, and tells what it found.
 */
#ifndef SERVE_VMM_GUEST_H
#define SERVE_VMM_GUEST_H

#include "ledger.h"
#include "memory.h"

/* One access: the guest writes to its own words of a frame, or does not; then it looks at 16. */
struct access {
	uint64_t frame;
	bool write;               /* expected.own to all of its own words, first of all */
	struct expected expected; /* then */
};

struct finding {
	bool lost;      /* SIGBUS: the page will never come; nothing below is said */
	bool wrong;     /* a word is neither what was expected nor zero: ... */
	uint64_t zeros; /* so many words are zero that should not be; the last: ... */
	uint64_t index;
	uint64_t word;
};

struct guest;

struct guest_ops {
	/* 0; -1 or EXIT_SKIP: the reason was said. */
	int (*open)(struct guest *guest, const struct memory *memory, unsigned int players);
	/* In one thread for each player. Ends the program if the guest does what it should not. */
	void (*access)(struct guest *guest, unsigned int player, const struct access *access,
		       struct finding *finding);
	void (*close)(struct guest *guest);
};

struct guest {
	const struct guest_ops *ops;
	const struct memory *memory;
	void *impl;
};

extern const struct guest_ops vcpu_ops;
extern const struct guest_ops thread_ops;

#endif
