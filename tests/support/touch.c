/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: threads that touch memory, survive SIGBUS, and can be seen to sleep in a fault. */
#include "call.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/syscall.h>

static __thread sigjmp_buf bus_exit;
static __thread volatile sig_atomic_t bus_armed;

static void on_sigbus(int signal)
{
	if (bus_armed)
		siglongjmp(bus_exit, signal == SIGBUS ? TOUCH_SIGBUS : TOUCH_SIGSEGV);
	abort();
}

static void *touch(void *arg)
{
	struct toucher *t = arg;
	int how;

	atomic_store(&t->tid, (uint32_t)syscall(SYS_gettid));
	how = sigsetjmp(bus_exit, 1);
	if (how) {
		atomic_store(&t->state, how);
		return NULL;
	}
	bus_armed = 1;
	if (t->write)
		*t->at = t->value;
	else
		t->value = *t->at;
	bus_armed = 0;
	atomic_store(&t->state, TOUCH_DONE);
	return NULL;
}

void touch_start(struct toucher *t, void *at, bool write, uint8_t value)
{
	struct sigaction sa = {.sa_handler = on_sigbus};

	sigaction(SIGBUS, &sa, NULL);
	sigaction(SIGSEGV, &sa, NULL);
	memset(t, 0, sizeof(*t));
	t->at = at;
	t->write = write;
	t->value = value;
	ck_assert_int_eq(pthread_create(&t->thread, NULL, touch, t), 0);
}

int touch_join(struct toucher *t)
{
	pthread_join(t->thread, NULL);
	return atomic_load(&t->state);
}

bool touch_asleep(struct toucher *t)
{
	for (;;) {
		uint32_t tid = atomic_load(&t->tid);

		if (atomic_load(&t->state) != TOUCH_RUNNING)
			return false;
		/*
		 * Between telling its tid and the touch the thread calls nothing that sleeps, and
		 * the kernel waits interruptibly for a userfault of user mode: 'S' is that wait.
		 */
		if (tid && thread_letter(tid) == 'S')
			return atomic_load(&t->state) == TOUCH_RUNNING; /* not asleep in its end */
		sched_yield();
	}
}
