/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a snapshot by fork(2): the child has the memory as it was, and saves it. Every page that
 * the parent writes meanwhile is copied by the kernel.
 * Must never: let the child do what is not allowed behind a fork of many threads.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live.h"
#include "util.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

struct forked {
	pid_t child;
	uint64_t *done; /* shared with the child */
};

static int no_start(struct live *l)
{
	(void)l;
	return 0;
}

static void nothing(struct live *l)
{
	(void)l;
}

static uint64_t no_wait(struct live *l)
{
	(void)l;
	return 0;
}

const struct live_kind live_none = {"none", no_start, nothing, NULL, no_wait, nothing};

static int start(struct live *l)
{
	struct forked *f = l->state = calloc(1, sizeof(*f));

	if (!f)
		fatal("out of memory");
	f->done = map_fresh(page_size(), true);
	*f->done = 0;
	return 0;
}

static _Noreturn void child(const struct live *l, const struct forked *f)
{
	if (l->save) {
		/* Shared memory is not mapped in the child yet. One call, where the kernel has it. */
		madvise(l->output, l->length, MADV_POPULATE_WRITE);
		memcpy(l->output, l->memory, l->length);
		*f->done = now_ns();
	}
	_exit(0);
}

static void arm(struct live *l)
{
	struct forked *f = l->state;

	f->child = fork();
	if (f->child < 0)
		fatal("fork: %m");
	if (f->child == 0)
		child(l, f);
}

static void reap(struct forked *f)
{
	int status;

	if (waitpid(f->child, &status, 0) != f->child || !WIFEXITED(status) || WEXITSTATUS(status))
		fatal("fork: the child failed");
	f->child = 0;
}

static uint64_t wait_done(struct live *l)
{
	struct forked *f = l->state;

	reap(f);
	return *f->done;
}

static void stop(struct live *l)
{
	struct forked *f = l->state;

	if (f->child)
		reap(f);
	unmap(f->done, page_size());
	free(f);
}

const struct live_kind live_fork = {"fork", start, arm, NULL, wait_done, stop};
