/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See events.h. */
#include "serve/events.h"

#include <errno.h>
#include <sys/epoll.h>

int events_open(void)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int add(int events, struct watch *watch, uint32_t what)
{
	struct epoll_event event = {.events = what, .data.ptr = watch};

	return epoll_ctl(events, EPOLL_CTL_ADD, watch->fd, &event) < 0 ? -errno : 0;
}

int events_add(int events, struct watch *watch)
{
	return add(events, watch, EPOLLIN);
}

int events_add_edge(int events, struct watch *watch)
{
	return add(events, watch, EPOLLIN | EPOLLRDHUP | EPOLLET);
}

int events_add_hangup(int events, struct watch *watch)
{
	return add(events, watch, EPOLLRDHUP);
}

void events_remove(int events, const struct watch *watch)
{
	if (watch->fd >= 0)
		epoll_ctl(events, EPOLL_CTL_DEL, watch->fd, NULL);
}

int events_wait(int events, int timeout_ms)
{
	struct epoll_event event;
	int n = epoll_wait(events, &event, 1, timeout_ms);

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (n > 0) {
		struct watch *watch = event.data.ptr;

		watch->ready(watch);
	}
	return n;
}
