/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: children of the test's own process, which fork(2) its memory and look at it when they are
 * told to, and what the loop of the parent hands over of each. Must never: let a child go on before
 * its memory is served.
 */
#ifndef FORKED_H
#define FORKED_H

#include "serve.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define FORKED_MOST 64u

/* What the event callback was given, in its order. */
struct forked_queue {
	struct uffd_child *_Atomic children[FORKED_MOST];
	_Atomic unsigned int count, taken;
	_Atomic int fds; /* events without a child */
};

static inline void forked_event(struct uffd_ctx *ctx, const struct uffd_event *event, void *user)
{
	struct forked_queue *q = user;

	(void)ctx;
	if (event->kind != LIBUFFD_EVENT_FORK)
		return;
	if (!event->child || event->fd != -1)
		atomic_fetch_add(&q->fds, 1);
	else
		atomic_store(&q->children[atomic_fetch_add(&q->count, 1)], event->child);
}

static inline struct uffd_loop_opts forked_loop_opts(struct forked_queue *q)
{
	struct uffd_loop_opts opts = serve_loop_opts();

	opts.flags = LIBUFFD_LOOP_CHILDREN;
	opts.event = forked_event;
	opts.user = q;
	return opts;
}

/* The next that came; waits for it. */
static inline struct uffd_child *forked_next(struct forked_queue *q)
{
	unsigned int i = atomic_fetch_add(&q->taken, 1);

	WAIT_UNTIL(atomic_load(&q->children[i]));
	ck_assert_int_eq(atomic_load(&q->fds), 0);
	return atomic_load(&q->children[i]);
}

/*
 * A child: it sleeps until the test writes to go, then runs look, whose answer is its status. It
 * must not use ck_assert or allocate: other threads may have held locks.
 */
struct forked {
	pid_t pid;
	int go[2];
};

static inline void forked_make(struct forked *f, int (*look)(void *arg), void *arg)
{
	ck_assert_int_eq(pipe2(f->go, O_CLOEXEC), 0);
	f->pid = fork();
	if (f->pid == 0) {
		char c;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(f->go[1]);
		_exit(read(f->go[0], &c, 1) == 1 ? look(arg) : 99);
	}
	ck_assert_int_gt(f->pid, 0);
}

static inline void forked_go(struct forked *f)
{
	ck_assert_int_eq(write(f->go[1], "", 1), 1);
}

/* Its answer. */
static inline int forked_end(struct forked *f)
{
	int status;

	ck_assert_int_eq(waitpid(f->pid, &status, 0), f->pid);
	close(f->go[0]);
	close(f->go[1]);
	ck_assert_msg(WIFEXITED(status), "child: 0x%x", status);
	return WEXITSTATUS(status);
}

/* A child that is served: its context and loop. */
struct adopted {
	struct uffd_ctx *ctx;
	struct uffd_loop *loop;
};

static inline void adopt_child(struct adopted *a, struct uffd_child *child, struct forked_queue *q)
{
	struct uffd_loop_opts opts = forked_loop_opts(q);

	ck_assert_int_eq(uffd_child_adopt(&a->ctx, child, NULL), 0);
	a->loop = serve_start(a->ctx, &opts);
}

static inline void adopted_end(struct adopted *a)
{
	ck_assert_int_eq(uffd_loop_close(a->loop), 0);
	ck_assert_int_eq(uffd_ctx_close(a->ctx, LIBUFFD_CLOSE_DROP), 0);
}

#endif
