/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a VM: a process whose threads play the guest, and whose memory uffd-serve fills.
 * Must never: have a page from anywhere else; or outlive the bench.
 */
#ifndef BENCH_SERVE_VM_H
#define BENCH_SERVE_VM_H

#include <stdint.h>
#include <sys/types.h>

#include "serve_server.h"

/* As the bench sees it. */
struct serve_vm {
	pid_t pid;
	int control;
};

/* As it is inside. */
struct serve_guest {
	uint8_t *memory;
	uint64_t length;
	uint64_t first; /* number of the first page's content */
	int control;
};

/* What a VM does; shared: memory that it shares with the bench. Its end is that of the process. */
typedef void serve_guest_fn(struct serve_guest *g, void *shared);

/*
 * Starts one, with length bytes of the snapshot's memory from offset on, and returns when its first
 * page has come. The VM waits for a step then.
 */
void serve_vm_start(struct serve_vm *vm, const struct serve *s, struct serve_server *server,
		    uint64_t offset, uint64_t length, serve_guest_fn *fn, void *shared);
/* Lets it take its next step. */
void serve_vm_step(const struct serve_vm *vm);
/* Returns when it has taken its last step, and ended; that must not last longer. */
void serve_vm_end(struct serve_vm *vm, struct serve_server *server, int patience_ms);

/* In a VM: waits until it may take its next step. */
void serve_guest_wait(const struct serve_guest *g);

/* In a VM: the first word of a page; *ns is how long that took. */
static inline uint64_t serve_guest_touch(const struct serve_guest *g, uint64_t page, uint64_t *ns)
{
	const volatile uint64_t *word = (const void *)(g->memory + page * page_size());
	uint64_t start = now_ns(), value = *word;

	*ns = now_ns() - start;
	return value;
}

/* In a VM: throws pages away, as a balloon does; returns when the server knows. */
void serve_guest_discard(const struct serve_guest *g, uint64_t page, uint64_t count);

/* In a VM: how many faults the calling thread has had. */
uint64_t serve_guest_faults(void);

#endif
