/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a guest, whoever plays it: a vCPU of KVM (kvm.c) or a thread (thread_guest.c). It runs in a
 * thread of its own and tells what it does by writing to ports (layout.h).
 * Must never: know where its memory comes from.
 *
 * A function that fails has said why, and returns -1.
 */
#ifndef EXAMPLES_VM_GUEST_H
#define EXAMPLES_VM_GUEST_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pattern.h"

/* How a run of the guest ended. */
enum guest_state {
	GUEST_RUNNING,
	GUEST_PAUSED,   /* memory is written; its registers can be taken */
	GUEST_VERIFIED, /* every page is right */
	GUEST_BAD_PAGE, /* guest.bad is the first that is not */
	GUEST_STOPPED,  /* guest_stop() */
	GUEST_FAILED,   /* it has said why */
};

/* Registers of one vCPU, as they are in a snapshot. */
struct guest_cpu {
	char kind[16]; /* the guest_ops.name that they belong to */
	uint32_t size; /* bytes used */
	_Alignas(8) unsigned char bytes[1024];
};

struct guest {
	const struct guest_ops *ops;
	void *memory;
	uint64_t size; /* bytes */
	struct pattern pattern;
	void *impl;

	pthread_t thread;
	bool started;
	int ended_fd; /* eventfd: readable when the run has ended */
	_Atomic bool stop;
	_Atomic int state;
	_Atomic uint64_t pages_done;
	_Atomic uint64_t counted;    /* pages, of one that counts: in all rounds since its begin */
	_Atomic uint64_t resumed_ns; /* when the guest went on after the pause, or first spoke */
	_Atomic uint64_t ended_ns;
	uint64_t rounds; /* run()'s own: of one that counts */
	struct pattern_place bad;
};

struct guest_ops {
	const char *name;
	/* Makes guest->impl on guest->memory. */
	int (*open)(struct guest *guest);
	/* Puts the program and its parameters into memory, and the registers at its begin. */
	int (*begin)(struct guest *guest);
	int (*get_cpu)(struct guest *guest, struct guest_cpu *cpu);
	/* The program goes on where it was, with a task (layout.h). Memory is not touched. */
	int (*set_cpu)(struct guest *guest, const struct guest_cpu *cpu, unsigned int task);
	/* In the guest's thread: runs until guest->state is something else than GUEST_RUNNING. */
	void (*run)(struct guest *guest);
	/* From another thread, when guest->stop is set: run() shall return soon. */
	void (*kick)(struct guest *guest);
	void (*close)(struct guest *guest);
};

extern const struct guest_ops kvm_guest_ops;
extern const struct guest_ops thread_guest_ops;

/* NULL when KVM can run a guest here, otherwise why not. */
const char *kvm_refusal(void);

/* Pages of pattern: what pages_done goes up to. */
uint64_t guest_pages(const struct guest *guest);

/* A guest on memory, which stays the caller's. pattern: what is there, or is to be filled in. */
int guest_open(struct guest *guest, const struct guest_ops *ops, void *memory, uint64_t size,
	       const struct pattern *pattern);
/* Runs it in a thread of its own; again, when it was stopped. */
int guest_start(struct guest *guest);
/* Waits up to timeout_ms for the run to end; GUEST_RUNNING: it has not. A signal ends the wait. */
enum guest_state guest_wait(struct guest *guest, int timeout_ms);
/*
 * Stops it and waits until its thread has ended; false: it has not. That is so where the kernel
 * waits for a page of the guest's memory and no signal ends that wait: end the region first.
 */
bool guest_stop(struct guest *guest);
/*
 * Stops it and frees everything but the memory. false: it could not be stopped, it has said so, and
 * the memory must stay where it is.
 */
bool guest_close(struct guest *guest);

/* For run(): the program wrote value to a port. false: there is no such port. */
bool guest_out(struct guest *guest, unsigned int port, uint32_t value);

#endif
