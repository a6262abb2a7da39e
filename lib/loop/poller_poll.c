/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: waiting by ppoll(2), reading by read(2): works on every kernel and under every seccomp
 * profile.
 * Must never: keep a message.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <uffd/loop.h>
#include <uffd/raw.h>

#include "loop/poller.h"
#include "util/clock.h"

struct poller {
	struct poller_target target;
	int epoll; /* for somebody else's loop */
};

static int add(int epoll, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static void poll_close(struct poller *p)
{
	if (p->epoll >= 0)
		close(p->epoll);
	free(p);
}

static int poll_open(struct poller **out, const struct poller_target *target)
{
	struct poller *p = calloc(1, sizeof(*p));
	int ret;

	if (!p)
		return -ENOMEM;
	p->target = *target;
	p->epoll = epoll_create1(EPOLL_CLOEXEC);
	ret = p->epoll < 0 ? -errno : 0;
	if (ret == 0)
		ret = add(p->epoll, target->uffd);
	if (ret == 0)
		ret = add(p->epoll, target->wakefd);
	if (ret < 0) {
		poll_close(p);
		return ret;
	}
	*out = p;
	return 0;
}

static int poll_arm(struct poller *p)
{
	(void)p;
	return 0;
}

static int poll_disarm(struct poller *p)
{
	(void)p;
	return 0;
}

/* read(2) sees whatever is there. */
static int poll_look(struct poller *p)
{
	(void)p;
	return 0;
}

static void poll_forget(struct poller *p)
{
	(void)p;
}

static void poll_flush(struct poller *p)
{
	(void)p;
}

static int poll_wait(struct poller *p, int64_t timeout)
{
	struct pollfd fds[] = {
		{.fd = p->target.uffd, .events = POLLIN},
		{.fd = p->target.wakefd, .events = POLLIN},
	};
	struct timespec ts = ns_timespec(timeout > 0 ? (uint64_t)timeout : 0);

	uint64_t count;

	if (ppoll(fds, 2, timeout < 0 ? NULL : &ts, NULL) < 0)
		return errno == EINTR ? 0 : -errno;
	if (fds[1].revents && read(p->target.wakefd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return -errno;
	return fds[0].revents & (POLLERR | POLLNVAL) ? poller_mend(p->target.uffd) : 0;
}

static int poll_fetch(struct poller *p, struct uffd_msg *messages, unsigned int count)
{
	int64_t n = uffd_raw_read(p->target.uffd, messages, count);

	return n == -EAGAIN || n == -EINTR ? 0 : (int)n;
}

static void poll_kick(struct poller *p)
{
	(void)p;
}

static int poll_fd(struct poller *p)
{
	return p->epoll;
}

static bool poll_multishot(const struct poller *p)
{
	(void)p;
	return false;
}

const struct poller_ops poller_poll = {
	.kind = LIBUFFD_POLLER_POLL,
	.open = poll_open,
	.close = poll_close,
	.arm = poll_arm,
	.disarm = poll_disarm,
	.look = poll_look,
	.forget = poll_forget,
	.wait = poll_wait,
	.fetch = poll_fetch,
	.kick = poll_kick,
	.fd = poll_fd,
	.flush = poll_flush,
	.multishot = poll_multishot,
};
