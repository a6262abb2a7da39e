/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: closing what a peer gave, in threads that do nothing else: close(2) of a socket that
 * lingers waits for as long as the peer has chosen, and so does that of a connection in which such
 * a socket is still under way. Must never: let the caller wait, or the process's end.
 */
#ifndef SERVE_CLOSER_H
#define SERVE_CLOSER_H

#include <stdbool.h>
#include <unistd.h>

/* Any thread; -1 is nothing. A userfaultfd is closed when this returns, others soon after. */
void closer_close(int fd);

/* The same for something with descriptors in it: end(what) is called, by another thread. */
void closer_end(void (*end)(void *what), void *what);

/* False: so many wait to be closed that no more of them should be let in. */
bool closer_has_room(void);

/* Here and now: a descriptor for which close(2) waits for nobody; -1 is nothing. */
static inline void close_own(int fd)
{
	if (fd >= 0)
		close(fd);
}

#endif
