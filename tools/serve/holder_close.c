/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: closing a client's connection, or the socket that clients wait at, for the holder. A client
 * may have sent any descriptor, and that of a TCP socket that lingers is closed for as long as its
 * owner has chosen. But no process waits for that while it exits: a child has the descriptor until
 * the holder has closed its own, and then exits. Must never: close the last descriptor of such a
 * socket in the holder.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "serve/clock.h"
#include "serve/holder.h"

#define AGAIN_NS (100 * MS_NS)

/* A number that can be written over: its child has ended. NULL: all have one that has not. */
static int *free_closer(struct holder *h)
{
	for (size_t i = 0; i < HOLDER_CLOSERS; i++) {
		struct pollfd p = {.fd = h->closers[i], .events = POLLIN};

		if (h->closers[i] && poll(&p, 1, 0) == 1) {
			close(h->closers[i]);
			h->closers[i] = 0;
		}
		if (!h->closers[i])
			return &h->closers[i];
	}
	return NULL;
}

__attribute__((noreturn)) static void wait_and_exit(const int ends[2])
{
	char byte;

	close(ends[1]);
	while (read(ends[0], &byte, 1) > 0)
		;
	_exit(0);
}

/* A child with all that is open now, until the pipe's end to write is closed: that; -1: none. */
static int fork_closer(struct holder *h)
{
	int *closer = free_closer(h), ends[2];
	pid_t child;

	if (!closer || pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	child = fork();
	if (child == 0)
		wait_and_exit(ends);
	close(ends[0]);
	if (child > 0)
		*closer = (int)syscall(SYS_pidfd_open, child, 0);
	if (child > 0 && *closer > 0)
		return ends[1];
	*closer = 0;
	close(ends[1]);
	return -1;
}

/* They stay open until there is a child; without memory, until the holder ends. */
static void postpone(struct holder *h, int fd)
{
	int *fds = realloc(h->postponed, (h->postponed_count + 1) * sizeof(*fds));

	if (!fds)
		return;
	h->postponed = fds;
	h->postponed[h->postponed_count++] = fd;
}

void holder_close(struct holder *h, int fd)
{
	int child = fork_closer(h);

	if (child < 0) {
		postpone(h, fd);
		return;
	}
	close(fd);
	close(child);
}

uint64_t holder_close_postponed(struct holder *h, uint64_t now)
{
	int child;

	if (!h->postponed_count)
		return UINT64_MAX;
	child = fork_closer(h);
	if (child < 0)
		return now + AGAIN_NS;
	for (size_t i = 0; i < h->postponed_count; i++)
		close(h->postponed[i]);
	close(child);
	h->postponed_count = 0;
	return UINT64_MAX;
}
