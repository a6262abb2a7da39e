/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a VM that is served: its descriptors, its thread, and what has come of it.
 * Must never: touch a VM's context outside of its thread but under its lock; or close its
 * descriptor over memory that is not filled while its VMM is alive, but where it was refused.
 *
 * The server's thread has the descriptors, the hold and the reports. Everything that asks something
 * of the library or of a file is done in the VM's own thread: it attaches, serves, and ends or
 * releases the context. Between the two there is an order one way, a phase the other, and the lock.
 */
#ifndef SERVE_VM_H
#define SERVE_VM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <uffd/context.h>
#include <uffd/fdpass.h>
#include <uffd/loop.h>

#include "serve/ahead.h"
#include "serve/figures.h"
#include "serve/server.h"

/* What the thread is to do; a later one overrides those before it. */
enum vm_order {
	VM_SERVE,
	VM_SAVE, /* the working set that it records; then serve on */
	VM_STOP, /* answer what is pending, and leave the memory to another server */
	VM_END,  /* the VMM has ended */
};

/* How far the thread is. In the last three it is about to return. */
enum vm_phase {
	VM_ATTACHING,
	VM_SERVING,
	VM_FAILED,   /* to attach: the userfaultfd is in vm->uffd */
	VM_RELEASED, /* as is the userfaultfd here, for another server to go on with */
	VM_GONE,     /* the memory is no more, and the context neither */
};

struct vm {
	struct vm *next;
	struct server *server;
	uint32_t id;
	pid_t pid;            /* for people, and for comparing; only the pidfd is asked */
	struct watch process; /* the pidfd */
	int uffd;             /* -1: the context has it */
	int number; /* that it had first; another file's, when the context has closed it */
	int state;  /* a memfd, see LIBUFFD_CTX_STATE */
	int conn;
	struct uffd_peer_region *table;
	uint32_t region_count;
	uint64_t begun_ns;
	bool taken_over;
	bool has_ended; /* the memory: nobody touches it any more */
	/* The process that handed it over has ended, which need not be whose memory it is. */
	bool process_has_ended;
	bool told_outlived;
	uint64_t process_ended_ns;
	uint64_t ask_at; /* whether the memory has gone, too; or NEVER */
	bool has_thread;
	bool told_serving;
	bool told_complete;
	bool told_recorded;
	bool killed;
	uint64_t lost_told; /* of bytes_lost */
	uint64_t lost_told_ns;
	struct vm_figures figures;

	pthread_t thread;
	pthread_mutex_t lock; /* context, loop and regions; taken by both threads */
	struct uffd_ctx *ctx;
	struct uffd_loop *loop;
	struct uffd_region **regions;
	struct ahead ahead;
	uint64_t measure_at;    /* not before */
	struct vm_figures last; /* taken at the context's end */

	_Atomic int order; /* enum vm_order */
	_Atomic int phase; /* enum vm_phase */
	_Atomic uint64_t bytes_lost;
	_Atomic bool recorded; /* its working set has been saved */
	/* Written before the phase is. */
	int error;            /* FAILED, RELEASED, GONE: what ended it; 0: an order */
	enum refusal refusal; /* FAILED */
	const char *words;    /* FAILED */
};

/* What a VMM has handed over; the descriptors become the VM's or are closed. */
struct vm_handshake {
	uint32_t id; /* by which the hold has it */
	int uffd;
	int conn;
	int pidfd; /* -1: unknown, or it has ended */
	pid_t pid;
	const char *text; /* as it was sent */
	size_t length;
	const struct uffd_peer_region *regions;
	uint32_t region_count;
};

/* vm.c: in the server's thread. */

/* A handshake is complete: serves it, or refuses it and says so. */
void vm_begin(struct server *s, const struct vm_handshake *h);
/* A VM that another server has left; state is its state file. 0; -errno: nothing was closed. */
int vm_go_on(struct server *s, const struct vm_handshake *h, int state);
/* Looks at what threads have said since. When to look again, or NEVER. */
uint64_t vms_look(struct server *s, uint64_t now);
void vms_stop(struct server *s);
/* Whether a thread still has something to do. */
bool vms_busy(const struct server *s);
/* Frees the VMs; what they had stays held. */
void vms_free(struct server *s);

/* vm_look.c: what has come of one VM. Whether it is still there. */
bool vm_look(struct vm *vm, uint64_t now, uint64_t *again);
/* Who handed it over has ended, as its pidfd says. */
void vm_process_ended(struct watch *watch);

/* vm_free.c */
void vm_order(struct vm *vm, enum vm_order order);
/* Takes it out of the server's list; everything is closed. Its thread has returned or never was. */
void vm_free(struct vm *vm);

/* vm_figures.c */
/* With the lock held. */
void vm_measure(struct vm *vm, struct vm_figures *figures);
/* Brings vm->figures up to date, as far as they are older than 100 ms. In the server's thread. */
void vm_figures(struct vm *vm);

/* The VM's thread: vm_thread.c, vm_attach.c, vm_end.c. */
void *vm_thread(void *vm);
/* 0; -errno, with vm->refusal and vm->words. */
int vm_attach(struct vm *vm);
/* The memory's owner is gone: the context is closed. */
void vm_drop(struct vm *vm);
/* The context is released: vm->uffd is for another server. */
void vm_release(struct vm *vm);
/* A line for the log. */
void vm_say(struct vm *vm, int level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
