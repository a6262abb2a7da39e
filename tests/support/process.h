/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Other processes: one that owns the memory, and one without privileges. */
#ifndef PROCESS_H
#define PROCESS_H

#include "test.h"

#include <sys/types.h>

/*
 * A child process with anonymous memory, registered with a userfaultfd that both processes hold
 * under the same number. The memory is at.at of the *child*; here it is not mapped.
 */
struct owner {
	pid_t pid;
	int fd;
	struct test_memory memory;
};
void owner_start(struct owner *o, uint64_t features, uint64_t mode, size_t pages);
/* Kills the child and waits until it is gone. The descriptor stays open. */
void owner_end(struct owner *o);

/*
 * Runs fn in a child process of an unprivileged user without capabilities and returns what it
 * returned (0..127). fn must not use ck_assert_*.
 */
int run_unprivileged(int (*fn)(void *arg), void *arg);

#endif
