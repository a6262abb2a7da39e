/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: waiting for descriptors, and calling who waits for one.
 * Must never: hand out a second event before the first has been seen to: what that one frees could
 * be in it.
 */
#ifndef SERVE_EVENTS_H
#define SERVE_EVENTS_H

#include <stddef.h>

#define container_of(at, type, member) ((type *)((char *)(at)-offsetof(type, member)))

/* Lives in what it is of, see container_of(). The descriptor stays its owner's. */
struct watch {
	int fd;
	void (*ready)(struct watch *watch);
};

/* An epoll descriptor, the caller's; -errno. */
int events_open(void);
/* Calls ready each time that it is readable, closed or in error (level-triggered). 0; -errno. */
int events_add(int events, struct watch *watch);
/* Calls ready when something has come, or it is closed, and not again because it is still there. */
int events_add_edge(int events, struct watch *watch);
/* Calls ready when the other side is closed, whatever there is to read. */
int events_add_hangup(int events, struct watch *watch);
/* Before its descriptor is closed; what was never added is allowed. */
void events_remove(int events, const struct watch *watch);
/* Waits for one event and calls its ready. timeout_ms: -1: for ever. 1; 0: none in time; -errno. */
int events_wait(int events, int timeout_ms);

#endif
