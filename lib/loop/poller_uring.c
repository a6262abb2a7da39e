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

#include "loop/poller.h"
#include "memory/context.h"
#include "util/clock.h"

/* Linux 6.7; liburing 2.3 has neither the number nor a helper. */
#define OP_READ_MULTISHOT 49

#define RING_ENTRIES 256u  /* what is begun between two waits; more is begun at once */
#define COMPLETIONS  4096u /* more than reads and messages can be under way */
#define MOST_AT_ONCE (UINT64_C(1) << 30) /* bytes; the kernel's own limit is a little below 2 GiB */
#define BUFFERS      16u                 /* a power of two */
#define PER_BUFFER   32u                 /* messages */
#define BUFFER_GROUP 0

/* What a completion is of; anything else is the address of its file_read. */
enum { TAG_FAULTS = 1, TAG_WAKE, TAG_CANCEL, TAG_LAST = TAG_CANCEL };

/* First in, first out. */
struct read_list {
	struct file_read *first;
	struct file_read *last;
};

struct poller {
	struct poller_target target;
	int announce; /* an eventfd for somebody else's loop, -1: none asked for */
	struct io_uring ring;
	bool made;  /* the ring exists */
	bool armed; /* and its requests are under way */
	bool multishot;
	bool cancelled;           /* disarm() has asked for the end */
	unsigned int outstanding; /* requests that have not ended */
	unsigned int reads;       /* ... that are reads of files */
	struct read_list waited;  /* reads that have ended, and somebody waits for */
	struct read_list background;
	bool asked_again; /* a request that had ended waits to be submitted */
	struct io_uring_buf_ring *buf_ring;
	size_t buf_ring_size;
	struct uffd_msg (*buffers)[PER_BUFFER];

	/* the buffer that is being handed out */
	int current; /* -1: none */
	unsigned int next;
	unsigned int count;
};

static void give_buffer(struct poller *p, unsigned int id)
{
	io_uring_buf_ring_add(p->buf_ring, p->buffers[id], sizeof(p->buffers[id]),
			      (unsigned short)id, io_uring_buf_ring_mask(BUFFERS), 0);
	io_uring_buf_ring_advance(p->buf_ring, 1);
}

static int make_buffers(struct poller *p)
{
	struct io_uring_buf_reg reg = {.ring_entries = BUFFERS, .bgid = BUFFER_GROUP};
	int ret;

	p->buf_ring_size = BUFFERS * sizeof(struct io_uring_buf) + sizeof(*p->buffers) * BUFFERS;
	p->buf_ring = mmap(NULL, p->buf_ring_size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p->buf_ring == MAP_FAILED) {
		p->buf_ring = NULL;
		return -ENOMEM;
	}
	p->buffers = (void *)((char *)p->buf_ring + BUFFERS * sizeof(struct io_uring_buf));
	reg.ring_addr = (uint64_t)(uintptr_t)p->buf_ring;
	ret = io_uring_register_buf_ring(&p->ring, &reg, 0);
	if (ret < 0)
		return ret;
	io_uring_buf_ring_init(p->buf_ring);
	for (unsigned int i = 0; i < BUFFERS; i++)
		give_buffer(p, i);
	return 0;
}

static bool has_read_multishot(struct io_uring *ring)
{
	struct io_uring_probe *probe = io_uring_get_probe_ring(ring);
	bool has = probe && io_uring_opcode_supported(probe, OP_READ_MULTISHOT);

	io_uring_free_probe(probe);
	return has;
}

static void unmake(struct poller *p)
{
	if (p->made)
		io_uring_queue_exit(&p->ring);
	if (p->buf_ring)
		munmap(p->buf_ring, p->buf_ring_size);
	p->buf_ring = NULL;
	p->made = false;
	p->armed = false;
	p->cancelled = false;
	p->outstanding = 0;
}

/*
 * DEFER_TASKRUN (6.1): completions are made only when this thread enters the kernel for them, so
 * a message is taken from the userfaultfd when the loop asks, not while it is at work elsewhere.
 * The ring stays disabled until arm(), in the thread that will be its single issuer.
 */
static int make(struct poller *p)
{
	static const unsigned int flags[] = {
		IORING_SETUP_R_DISABLED | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
		IORING_SETUP_R_DISABLED | IORING_SETUP_COOP_TASKRUN,
		IORING_SETUP_R_DISABLED,
	};
	int ret = -EINVAL;

	for (unsigned int i = 0; i < 3 && ret == -EINVAL; i++) {
		struct io_uring_params params = {
			.flags = flags[i] | IORING_SETUP_CQSIZE,
			.cq_entries = COMPLETIONS,
		};

		ret = io_uring_queue_init_params(RING_ENTRIES, &p->ring, &params);
	}
	if (ret < 0)
		return ret;
	p->made = true;
	p->current = -1;
	/* Without read_iter on userfaultfd (before 6.10) the read would block a worker: POLL then.
	 */
	p->multishot = !p->target.events && has_read_multishot(&p->ring) && make_buffers(p) == 0;
	return 0;
}

static void uring_close(struct poller *p)
{
	unmake(p);
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
	ret = make(p);
	if (ret < 0) {
		uring_close(p);
		return ret;
	}
	*out = p;
	return 0;
}

static struct io_uring_sqe *request(struct poller *p)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&p->ring);

	if (!sqe) {
		io_uring_submit(&p->ring);
		sqe = io_uring_get_sqe(&p->ring);
	}
	if (!sqe)
		return NULL;
	memset(sqe, 0, sizeof(*sqe));
	p->outstanding++;
	return sqe;
}

static bool ask_for_faults(struct poller *p)
{
	struct io_uring_sqe *sqe = request(p);

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
	struct io_uring_sqe *sqe = request(p);

	if (!sqe)
		return false;
	io_uring_prep_poll_multishot(sqe, p->target.wakefd, POLLIN);
	sqe->user_data = TAG_WAKE;
	return true;
}

/* liburing 2.3 declares io_uring_enable_rings() and does not export it. */
static int enable(struct io_uring *ring)
{
	long ret = syscall(SYS_io_uring_register, ring->ring_fd, IORING_REGISTER_ENABLE_RINGS, NULL,
			   0);

	return ret < 0 ? -errno : 0;
}

static int uring_arm(struct poller *p)
{
	int ret;

	if (p->armed)
		return 0;
	if (!p->made) {
		ret = make(p);
		if (ret < 0)
			return ret;
	}
	ret = enable(&p->ring);
	if (ret < 0)
		return ret;
	if (p->announce >= 0)
		ret = io_uring_register_eventfd(&p->ring, p->announce);
	if (ret < 0)
		return ret;
	p->armed = true;
	ask_for_faults(p);
	ask_for_wake(p);
	ret = io_uring_submit(&p->ring);
	return ret < 0 ? ret : 0;
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
	if (ended && !p->cancelled)
		p->asked_again = ask_for_faults(p);
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
	if (!p->cancelled)
		p->asked_again = ask_for_wake(p);
}

static void take_read(struct poller *p, const struct io_uring_cqe *cqe)
{
	struct file_read *read = (struct file_read *)(uintptr_t)cqe->user_data;
	struct read_list *list = read->background ? &p->background : &p->waited;

	p->outstanding--;
	p->reads--;
	read->result = cqe->res;
	read->next = NULL;
	if (list->first)
		list->last->next = read;
	else
		list->first = read;
	list->last = read;
}

static struct file_read *take_first(struct read_list *list)
{
	struct file_read *read = list->first;

	if (read)
		list->first = read->next;
	return read;
}

static struct file_read *uring_answered(struct poller *p)
{
	struct file_read *read = take_first(&p->waited);

	return read ? read : take_first(&p->background);
}

static bool uring_read(struct poller *p, struct file_read *read)
{
	struct io_uring_sqe *sqe;

	if (!p->armed || p->cancelled)
		return false;
	sqe = request(p);
	if (!sqe)
		return false;
	io_uring_prep_read(
		sqe, read->fd, read->to,
		(unsigned int)(read->length < MOST_AT_ONCE ? read->length : MOST_AT_ONCE),
		read->offset);
	sqe->user_data = (uint64_t)(uintptr_t)read;
	p->reads++;
	return true;
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
			take_read(p, cqe);
		}
		io_uring_cqe_seen(&p->ring, cqe);
	}
	/* A request that ended asks again at once: nobody may come to wait() before it is needed.
	 */
	if (p->asked_again)
		io_uring_submit(&p->ring);
	p->asked_again = false;
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
			give_buffer(p, (unsigned int)p->current);
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

static bool uring_multishot(const struct poller *p)
{
	return p->multishot;
}

/*
 * The kernel keeps a userfaultfd, and its registrations, until the last request on it has ended:
 * so they are ended here and not by closing the ring, which does it some time later.
 */
static int uring_disarm(struct poller *p)
{
	uint64_t until = clock_now() + NS_PER_S;

	if (!p->armed)
		return 0;
	if (!p->cancelled) {
		static const uint64_t tags[] = {TAG_FAULTS, TAG_WAKE};

		p->cancelled = true;
		for (unsigned int i = 0; i < 2; i++) {
			struct io_uring_sqe *sqe = request(p);

			if (!sqe)
				break;
			io_uring_prep_cancel64(sqe, tags[i], 0);
			sqe->user_data = TAG_CANCEL;
		}
	}
	while (p->outstanding) {
		int ret = io_uring_submit_and_wait(&p->ring, 1);
		bool not_ours = ret < 0 && ret != -EINTR;

		if (next_buffer(p) || p->waited.first || p->background.first)
			return 1;
		/*
		 * Another thread's ring. A read that is under way has its memory: it must end first, which
		 * it does by itself where that thread is gone. Otherwise closing is all that is left.
		 */
		if (not_ours && !p->reads)
			break;
		if (not_ours && clock_now() >= until)
			return -EBUSY;
		if (not_ours)
			clock_pause(NS_PER_MS);
	}
	unmake(p);
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
	.fd = uring_fd,
	.flush = uring_flush,
	.read = uring_read,
	.answered = uring_answered,
	.multishot = uring_multishot,
};
