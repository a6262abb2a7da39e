/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a VM's thread: the order of attaching, serving and ending.
 * Must never: let go of a context before what is pending has been answered, or its owner is gone.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "serve/clock.h"
#include "serve/vm.h"

/* The longest that faults are answered after the order to stop: a storm of them has no end. */
#define ANSWER_NS (200 * MS_NS)

void vm_say(struct vm *vm, int level, const char *format, ...)
{
	char line[240];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	log_write(&vm->server->log, level, vm->id, line);
}

static void tell(struct vm *vm, enum vm_phase phase)
{
	atomic_store(&vm->phase, phase);
	server_ring(vm->server);
}

/* What was asked for until now is answered; then reads that are under way are waited for. */
static int answer_pending(struct vm *vm)
{
	uint64_t until = now_ns() + ANSWER_NS;
	int n;

	do
		n = uffd_loop_dispatch(vm->loop, 0);
	while (n > 0 && now_ns() < until && atomic_load(&vm->order) == VM_STOP);
	/* A run that is stopped before it begins takes one turn, and ends what it has begun. */
	uffd_loop_stop(vm->loop);
	return n == -ESRCH ? n : uffd_loop_run(vm->loop);
}

/* Until it is to end. 0: by an order; otherwise what ended it. */
static int serve(struct vm *vm)
{
	for (;;) {
		int save = VM_SAVE;
		int ret = uffd_loop_run(vm->loop);

		if (ret < 0)
			return ret;
		switch (atomic_load(&vm->order)) {
		case VM_STOP:
			return answer_pending(vm);
		case VM_END:
			return 0;
		case VM_SAVE:
			ahead_save(vm);
			/* What was ordered meanwhile stays: the loop was stopped for it, too. */
			atomic_compare_exchange_strong(&vm->order, &save, VM_SERVE);
		}
	}
}

/* The server may stop the loop from now on; an order that came before has not. */
static bool publish(struct vm *vm, struct uffd_loop *loop)
{
	pthread_mutex_lock(&vm->lock);
	vm->loop = loop;
	pthread_mutex_unlock(&vm->lock);
	return atomic_load(&vm->order) < VM_STOP;
}

void *vm_thread(void *arg)
{
	struct vm *vm = arg;
	struct uffd_loop *loop;
	int ret = vm_attach(vm);
	bool wanted;

	if (ret == 0) {
		ret = uffd_loop_open(&loop, vm->ctx, NULL);
		if (ret < 0) {
			vm->refusal = REFUSED_RESOURCES;
			vm->words = "no loop";
			vm_release(vm);
		}
	}
	vm->error = ret;
	if (ret < 0) {
		tell(vm, VM_FAILED);
		return NULL;
	}
	wanted = publish(vm, loop);
	tell(vm, VM_SERVING);
	if (wanted)
		ret = serve(vm);
	vm->error = ret;
	if (ret == -ESRCH || atomic_load(&vm->order) == VM_END) {
		vm_drop(vm);
		tell(vm, VM_GONE);
	} else {
		vm_release(vm);
		tell(vm, VM_RELEASED);
	}
	return NULL;
}
