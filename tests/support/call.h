/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * System calls that block until somebody serves a userfaultfd, each in a thread of its own, and the
 * question whether it sleeps.
 */
#ifndef CALL_H
#define CALL_H

#include "test.h"

#include <sys/types.h>

struct call {
	long (*fn)(struct call *c);
	/* arguments; what they mean depends on the call */
	void *at;
	size_t length;
	int number;
	off_t offset;

	pthread_t thread;
	_Atomic uint32_t tid;
	_Atomic int done;
	long result; /* what the call returned, or a negative errno */
};

/* Any other: fn and its arguments set, the rest zero. -1 means errno. */
void call_start(struct call *c);
void call_madvise(struct call *c, void *at, size_t length, int advice);
void call_munmap(struct call *c, void *at, size_t length);
void call_mremap(struct call *c, void *at, size_t length); /* moves it; result: the new address */
void call_pwrite(struct call *c, int fd, void *from, size_t length, off_t offset);
void call_fork(struct call *c); /* the child exits at once and is waited for */

/* Blocks until the call is either done or asleep in the kernel: true asleep, false done. */
bool call_asleep(struct call *c);
long call_join(struct call *c);

/*
 * The same question about any thread of this process: its letter in /proc, '?' if it is gone. With
 * 'S' or 'D' it is asleep, and not on its way there.
 */
char thread_letter(uint32_t tid);

#endif
