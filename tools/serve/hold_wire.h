/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what a server and its holder say to each other: packets of one size, each with at most one
 * descriptor; every request has one answer. Two versions of the program may meet here.
 * Must never: change without another HOLD_VERSION.
 */
#ifndef SERVE_HOLD_WIRE_H
#define SERVE_HOLD_WIRE_H

#include <stdint.h>

#include "serve/hold.h"

#define HOLD_VERSION 1u
#define HOLD_SUFFIX  ".hold"  /* of the holder's socket, after the path of the server's */
#define HOLD_VM      "vm-"    /* how the names begin whose holder stays when its server is gone */
#define HOLD_PIDFD   ".pidfd" /* how the name ends whose descriptor tells the end of a VM */
#define HOLD_UFFD    ".uffd"  /* ... that tells whether the memory lives */
#define HOLD_CONN    ".conn"  /* ... that is the connection of a VMM */

/* How long a holder waits for a server to yield, and once more for it to be gone after SIGKILL. */
#ifndef HOLD_PATIENCE_MS
#define HOLD_PATIENCE_MS 5000
#endif

/* How long a server waits for an answer, which its holder gives at once. */
#ifndef HOLD_ANSWER_MS
#define HOLD_ANSWER_MS 5000
#endif

/* How long a holder without a VM stays for the next server when its own was killed. */
#ifndef HOLD_STAY_MS
#define HOLD_STAY_MS 10000
#endif

enum hold_word {
	HOLD_PUT = 1, /* name, descriptor: from the server */
	HOLD_DROP,    /* name: from the server */
	HOLD_LEAVE,   /* the server is about to close; count of the answer: 1, the holder ends */
	HOLD_ACCEPT, /* name of a VM: from the server; answer: the connection, kept with its pidfd */
	HOLD_FIND,   /* how a name begins: from anybody; answer: a name, how many VMs; -ENOENT */
	HOLD_TAKE,   /* from a newcomer; answer: count, and the eventfd that asks it to yield */
	HOLD_NEXT,   /* from a newcomer, count times; answer: name, descriptor */
	HOLD_ANSWER,
};

struct hold_message {
	uint32_t version;
	uint32_t word;
	uint32_t sequence; /* an answer has its request's */
	int32_t error;     /* of an answer: 0 or a negative errno */
	uint32_t count;
	char name[HOLD_NAME_MAX];
};

#endif
