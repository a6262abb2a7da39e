/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the library's context and loop as the benches use them.
 * Must never: hide an error of the library other than "this machine cannot do that".
 */
#ifndef BENCH_LIBRARY_H
#define BENCH_LIBRARY_H

#include <pthread.h>
#include <stdbool.h>

#include <uffd.h>

/* What a library variant is made of. */
struct library_options {
	uint32_t poller;
	int64_t spin_ns;
	uint32_t memory; /* LIBRARY_* */
	bool one_page;   /* no fault-around; otherwise the library's default */
	bool source;     /* otherwise a callback that copies */
};
#define LIBRARY_ANONYMOUS   0
#define LIBRARY_MEMFD       1
#define LIBRARY_MEMFD_ALIAS 2

/* A loop in a thread of the bench's, bound to a CPU. */
struct loop_thread {
	struct uffd_loop *loop;
	pthread_t thread;
};

/* A context with all defaults; without privilege, one that serves user mode only. */
int library_open(struct uffd_ctx **ctx);
int loop_thread_start(struct loop_thread *t, struct uffd_ctx *ctx, int cpu, uint32_t poller,
		      int64_t spin_ns);
void loop_thread_stop(struct loop_thread *t);

#endif
