/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what the parts of serve share: uffd-serve's program, a snapshot's memory, a directory for
 * sockets.
 * Must never: know how a part measures.
 */
#ifndef BENCH_SERVE_H
#define BENCH_SERVE_H

#include <stdint.h>

#include "bench.h"
#include "util.h"

/* What uffd-serve brings beside a page by default: a page behind it in the window is no fault. */
#define SERVE_WINDOW (64 * KIB)

/* Longer than this nobody waits: not a VM for a page, nor the bench for a server. */
#define SERVE_PATIENCE_MS 10000

/*
 * A directory that is gone, with all that is in it, as soon as the last process is that inherited
 * it: this one, its VMs and servers; however they end.
 */
struct serve_place {
	char directory[96];
	char socket[100];
	int held;     /* every process that has this open keeps the directory */
	pid_t keeper; /* waits until there is none, and removes it */
};

struct serve {
	const struct options *o;
	struct results *results;
	char *program;
	uint64_t length; /* of the snapshot's memory, all of it data; see content.h */
	int memory;      /* a file in memory: no disk is measured */
	struct serve_place place;
};

void serve_place_make(struct serve_place *place);
/* Returns when the directory is gone: at once, if all who inherited it have ended. */
void serve_place_close(struct serve_place *place);

/* What --rounds says, or else that many. */
int serve_rounds(const struct serve *s, int usual, int quick);

/* The parts. */
void serve_sixteen(struct serve *s);
void serve_takeover(struct serve *s);
void serve_storm(struct serve *s);

#endif
