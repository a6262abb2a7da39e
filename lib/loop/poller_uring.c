/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: waiting by io_uring. Where the context has faults only, READ_MULTISHOT into a ring of
 * buffers brings the messages themselves; otherwise POLL multishot tells that there are some, and
 * they are read under the gate. (READ_MULTISHOT would consume a REMOVE behind the program's back:
 * its madvise returns, and zaps, before the program has seen the event.)
 * Must never: show io_uring to anybody above.
 */
#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <uffd/loop.h>
#include <uffd/raw.h>

#include "loop/uring.h"
#include "util/clock.h"

static void uring_close(struct poller *p)
{
	uring_unmake(p);
	if (p->announce >= 0)
		close(p->announce);
	free(p);
}

static int uring_open(struct poller **out, const struct poller_target *target)
{
	struct poller *p = calloc(1, sizeof(*p));
	int ret;

	if (!p)
		return -ENOMEM;
	p->target = *target;
	p->announce = -1;
	ret = uring_make(p);
	if (ret < 0) {
		uring_close(p);
		return ret;
	}
	*out = p;
	return 0;
}

static bool ask_for_faults(struct poller *p)
{
	struct io_uring_sqe *sqe = uring_request(p);

	if (!sqe)
		return false;
	if (p->multishot) {
		/* io_uring_prep_read_multishot() is liburing 2.6, and right since 2.7. */
		sqe->opcode = OP_READ_MULTISHOT;
		sqe->fd = p->target.uffd;
		sqe->flags = IOSQE_BUFFER_SELECT;
		sqe->buf_group = BUFFER_GROUP;
	} else {
		io_uring_prep_poll_multishot(sqe, p->target.uffd, POLLIN);
	}
	sqe->user_data = TAG_FAULTS;
	return true;
}

static bool ask_for_wake(struct poller *p)
{
	struct io_uring_sqe *sqe = uring_request(p);

	if (!sqe)
		return false;
	io_uring_prep_poll_multishot(sqe, p->target.wakefd, POLLIN);
	sqe->user_data = TAG_WAKE;
	return true;
}

/* Asks for what is not being asked for, and submits that: nobody may come to wait() before it is needed. */
static int ask(struct poller *p)
{
	int ret;

	if (p->cancelled || (p->asks_for_faults && p->asks_for_wake))
		return 0;
	if (!p->asks_for_faults)
		p->asks_for_faults = ask_for_faults(p);
	if (!p->asks_for_wake)
		p->asks_for_wake = ask_for_wake(p);
	ret = io_uring_submit(&p->ring);
	return ret < 0 ? ret : 0;
}

static int uring_arm(struct poller *p)
{
	int ret;

	if (p->armed)
		return 0;
	if (!p->made) {
		ret = uring_make(p);
		if (ret < 0)
			return ret;
	}
	ret = uring_enable(p);
	if (ret < 0)
		return ret;
	if (p->announce >= 0)
		ret = io_uring_register_eventfd(&p->ring, p->announce);
	if (ret < 0)
		return ret;
	p->armed = true;
	return ask(p);
}

/* A completion of the faults' request. True: it brought a buffer of messages. */
static bool take_faults(struct poller *p, const struct io_uring_cqe *cqe)
{
	bool ended = !(cqe->flags & IORING_CQE_F_MORE);

	if (ended)
		p->outstanding--;
	/* Before 6.10 a userfaultfd cannot be read without blocking: EBADFD, and then by POLL. */
	if (p->multishot && cqe->res < 0 && cqe->res != -ENOBUFS && cqe->res != -ECANCELED &&
	    cqe->res != -EINTR && cqe->res != -EAGAIN)
		p->multishot = false;
	if (ended)
		p->asks_for_faults = false;
	if (!p->multishot && cqe->res > 0 && cqe->res & POLLERR)
		p->error = poller_mend(p->target.uffd);
	if (!(cqe->flags & IORING_CQE_F_BUFFER))
		return false;
	p->current = (int)(cqe->flags >> IORING_CQE_BUFFER_SHIFT);
	p->next = 0;
	p->count = cqe->res > 0 ? (unsigned int)cqe->res / sizeof(struct uffd_msg) : 0;
	return true;
}

static void take_wake(struct poller *p, const struct io_uring_cqe *cqe)
{
	uint64_t count;

	if (read(p->target.wakefd, &count, sizeof(count)) < 0)
		count = 0; /* read by somebody else: as well */
	if (cqe->flags & IORING_CQE_F_MORE)
		return;
	p->outstanding--;
	p->asks_for_wake = false;
}

static void uring_flush(struct poller *p)
{
	if (p->armed && io_uring_sq_ready(&p->ring))
		io_uring_submit(&p->ring);
}

/* Goes through completions up to one that brings messages. */
static bool next_buffer(struct poller *p)
{
	struct io_uring_cqe *cqe;
	bool found = false;

	while (!found && io_uring_peek_cqe(&p->ring, &cqe) == 0) {
		switch (cqe->user_data) {
		case TAG_FAULTS:
			found = take_faults(p, cqe);
			break;
		case TAG_WAKE:
			take_wake(p, cqe);
			break;
		case TAG_CANCEL:
			p->outstanding--;
			break;
		default:
			uring_take_read(p, cqe);
		}
		io_uring_cqe_seen(&p->ring, cqe);
	}
	ask(p);
	return found;
}

static void uring_forget(struct poller *p)
{
	if (!p->multishot)
		next_buffer(p);
}

static int uring_fetch(struct poller *p, struct uffd_msg *messages, unsigned int count)
{
	unsigned int n = 0;

	while (n < count && (p->current >= 0 || next_buffer(p))) {
		unsigned int take = p->count - p->next < count - n ? p->count - p->next : count - n;

		memcpy(&messages[n], &p->buffers[p->current][p->next], take * sizeof(*messages));
		n += take;
		p->next += take;
		if (p->next == p->count) {
			uring_give_buffer(p, (unsigned int)p->current);
			p->current = -1;
		}
	}
	if (!p->multishot && n < count) {
		int64_t more;

		uring_forget(p);
		more = uffd_raw_read(p->target.uffd, &messages[n], count - n);

		if (more < 0 && more != -EAGAIN && more != -EINTR && n == 0)
			return (int)more;
		n += more > 0 ? (unsigned int)more : 0;
	}
	return (int)n;
}

/* Deferred completions are made when their thread enters the kernel for them. */
static int uring_look(struct poller *p)
{
	uint64_t count;
	int ret = 0;

	if (p->announce >= 0 && read(p->announce, &count, sizeof(count)) < 0)
		count = 0; /* nothing was announced; it is looked for all the same */
	if (p->announce >= 0 || p->reads || io_uring_sq_ready(&p->ring) ||
	    (p->multishot && p->current < 0 && !io_uring_cq_ready(&p->ring)))
		ret = io_uring_submit_and_get_events(&p->ring);
	return ret < 0 && ret != -EINTR ? ret : 0;
}

static int uring_wait(struct poller *p, int64_t timeout)
{
	struct __kernel_timespec ts = {timeout / NS_PER_S, timeout % NS_PER_S};
	struct io_uring_cqe *cqe;
	int ret;

	if (p->error)
		return p->error;
	if (p->current >= 0 || io_uring_cq_ready(&p->ring)) {
		uring_flush(p);
		return 0;
	}
	if (timeout == 0)
		ret = io_uring_submit_and_get_events(&p->ring);
	else if (timeout < 0)
		ret = io_uring_submit_and_wait(&p->ring, 1);
	else
		ret = io_uring_submit_and_wait_timeout(&p->ring, &cqe, 1, &ts, NULL);
	return ret < 0 && ret != -ETIME && ret != -EINTR ? ret : 0;
}

/*
 * Not the ring's own descriptor: with deferred completions it does not become readable before
 * somebody has entered the ring. An eventfd is signalled when work arrives.
 */
static int uring_fd(struct poller *p)
{
	uint64_t one = 1;
	int fd, ret;

	if (p->announce >= 0)
		return p->announce;
	fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	ret = io_uring_register_eventfd(&p->ring, fd);
	/* What came before is announced too. */
	if (ret == 0 && write(fd, &one, sizeof(one)) < 0)
		ret = -errno;
	if (ret < 0) {
		close(fd);
		return ret;
	}
	p->announce = fd;
	return fd;
}

/*
 * A write(2) to an eventfd cannot signal another at once, by way of the poll that it wakes;
 * io_uring puts that off, and with deferred completions does so once in a ring's life (6.18): so it
 * is told here.
 */
static void uring_kick(struct poller *p)
{
	uint64_t one = 1;
	int fd = p->announce;

	if (fd >= 0 && write(fd, &one, sizeof(one)) < 0)
		return; /* full: it is readable */
}

static bool uring_multishot(const struct poller *p)
{
	return p->multishot;
}

/*
 * The kernel keeps a userfaultfd, and its registrations, until the last request on it has ended:
 * so they are ended here and not by closing the ring, which does it some time later.
 */
static void cancel_requests(struct poller *p)
{
	static const uint64_t tags[] = {TAG_FAULTS, TAG_WAKE};

	for (unsigned int i = 0; i < 2; i++) {
		struct io_uring_sqe *sqe = uring_request(p);

		if (!sqe)
			break;
		io_uring_prep_cancel64(sqe, tags[i], 0);
		sqe->user_data = TAG_CANCEL;
	}
}

static int uring_disarm(struct poller *p)
{
	uint64_t until = clock_now() + NS_PER_S;
	bool ours;

	if (!p->armed)
		return 0;
	/* A loop that is stopped ends after a batch, which may be in the middle of a buffer. */
	if (p->current >= 0)
		return 1;
	ours = io_uring_get_events(&p->ring) != -EEXIST;
	if (!p->cancelled && ours)
		cancel_requests(p);
	p->cancelled = true;
	while (p->outstanding) {
		int ret = ours ? io_uring_submit_and_wait(&p->ring, 1) : 0;

		if (next_buffer(p) || p->waited.first || p->background.first)
			return 1;
		/*
		 * Another thread's ring. A read that is under way has its memory: it must end
		 * first, which one of a file mostly does by itself where that thread is gone. (One
		 * of a device does not: its completion waits for that thread, on 6.18.) Then
		 * closing is all that is left.
		 */
		if (ours ? ret < 0 && ret != -EINTR : !p->reads)
			break;
		if (!ours && clock_now() >= until) {
			p->cancelled = false;
			return -EBUSY;
		}
		if (!ours)
			clock_pause(NS_PER_MS);
	}
	uring_unmake(p);
	return 0;
}

const struct poller_ops poller_uring = {
	.kind = LIBUFFD_POLLER_URING,
	.open = uring_open,
	.close = uring_close,
	.arm = uring_arm,
	.disarm = uring_disarm,
	.look = uring_look,
	.forget = uring_forget,
	.wait = uring_wait,
	.fetch = uring_fetch,
	.kick = uring_kick,
	.fd = uring_fd,
	.flush = uring_flush,
	.read = uring_read,
	.answered = uring_answered,
	.multishot = uring_multishot,
};
