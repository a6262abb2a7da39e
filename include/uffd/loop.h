/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A loop: it reads a context's faults and events and hands them on. One loop per context at a time,
 * dispatched by one thread at a time: a thread of its own (uffd_loop_start()), the caller's
 * (uffd_loop_run()), or the caller's event loop (uffd_loop_fd(), uffd_loop_dispatch()).
 */
#ifndef UFFD_LOOP_H
#define UFFD_LOOP_H

#include <uffd/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * AUTO is io_uring, where that is compiled in and allowed, for a context whose regions have a
 * source that is a file when the loop is opened: its reads then go through the loop's ring. (Not a
 * file on tmpfs or hugetlbfs, without LIBUFFD_SOURCE_DIRECT: it is in memory.) Otherwise it is
 * poll(2) where the loop spins before it sleeps, since read(2) is then the cheapest look, and
 * io_uring with LIBUFFD_SPIN_NEVER, or on one CPU. With poll(2) what is not in the page cache is
 * read by a few threads.
 */
#define LIBUFFD_POLLER_AUTO  0
#define LIBUFFD_POLLER_URING 1
#define LIBUFFD_POLLER_POLL  2

#define LIBUFFD_SPIN_ADAPTIVE 0	  /* spin as long as it pays, up to 100 us */
#define LIBUFFD_SPIN_NEVER    (-1)

#define LIBUFFD_EVENT_FORK   1 /* the owner forked */
#define LIBUFFD_EVENT_REMAP  2 /* mremap moved a range */
#define LIBUFFD_EVENT_REMOVE 3 /* madvise threw a range away */
#define LIBUFFD_EVENT_UNMAP  4 /* a range is unmapped */

struct uffd_child;

/* Events of forks bring a child, see uffd/child.h; needs an event callback. */
#define LIBUFFD_LOOP_CHILDREN (UINT32_C(1) << 0)

/* Something that the owner of the memory did. */
struct uffd_event {
	uint32_t kind;	      /* LIBUFFD_EVENT_* */
	int32_t fd;	      /* FORK: the child's userfaultfd, now the callback's to close or adopt;
				 otherwise -1. Closing it turns the child's unfilled memory to zeros */
	uint64_t address;     /* bytes, in the owner's address space; 0 for FORK */
	uint64_t length;      /* bytes */
	uint64_t new_address; /* REMAP: where the range is now */
	struct uffd_child *child; /* FORK, with LIBUFFD_LOOP_CHILDREN: the child with its descriptor
				     (fd is then -1), now the callback's to adopt or drop. NULL for want
				     of memory: then fd is there */
};

/*
 * Called after an event has been applied to the regions, in the thread that dispatches. Duties as
 * uffd_fault_fn.
 */
typedef void (*uffd_event_fn)(struct uffd_ctx *ctx, const struct uffd_event *event, void *user);

struct uffd_loop_opts {
	uint64_t size;	     /* sizeof(struct uffd_loop_opts) */
	uint32_t flags;	     /* LIBUFFD_LOOP_* */
	uint32_t poller;     /* LIBUFFD_POLLER_* */
	int64_t spin_ns;     /* how long to look for the next fault before sleeping: nanoseconds,
				LIBUFFD_SPIN_ADAPTIVE or LIBUFFD_SPIN_NEVER */
	uffd_event_fn event; /* NULL, but required where the context has EVENT_FORK */
	void *user;
};

/*
 * Makes a loop for ctx. The one that dispatches it is the reader of the context: madvise, munmap
 * and mremap on its regions sleep until it has read their event. 0; -EBUSY: the context has a loop;
 * -EINVAL: NULL, an unknown flag or poller, a spin_ns below -1, EVENT_FORK or LIBUFFD_LOOP_CHILDREN
 * without a callback; -ENXIO: the context's state file has a range that no region was added for;
 * -EOPNOTSUPP: LIBUFFD_POLLER_URING where io_uring is not compiled in; -ENOSYS, -EPERM: where the
 * kernel or a seccomp filter does not allow it; -E2BIG; -EMFILE; -ENOMEM; -ECHILD. Any thread.
 * Since 0.1.
 */
LIBUFFD_API int uffd_loop_open(struct uffd_loop **loop, struct uffd_ctx *ctx,
			       const struct uffd_loop_opts *opts);

/*
 * uffd_loop_open(), and a thread that runs the loop until uffd_loop_close(). All signals are
 * blocked in that thread. Errors as uffd_loop_open(), and -EAGAIN: no more threads. Since 0.1.
 */
LIBUFFD_API int uffd_loop_start(struct uffd_loop **loop, struct uffd_ctx *ctx,
				const struct uffd_loop_opts *opts);

/*
 * Dispatches until uffd_loop_stop(). 0; -EBUSY: another thread dispatches it, or it was made by
 * uffd_loop_start(); -ESRCH: the owner of foreign memory is gone; -ECHILD; -EINVAL; otherwise what
 * the poller failed with. Since 0.1.
 */
LIBUFFD_API int uffd_loop_run(struct uffd_loop *loop);

/*
 * A descriptor that polls readable when there is something to dispatch, for somebody else's loop;
 * level-triggered. It stays the loop's. Use uffd_loop_dispatch(loop, 0) and uffd_loop_timeout().
 * -EBUSY: as uffd_loop_run(); -ECHILD, -EINVAL. Since 0.1.
 */
LIBUFFD_API int uffd_loop_fd(struct uffd_loop *loop);

/*
 * Waits up to timeout_ms (-1: for ever, 0: not at all) and dispatches what is there. Does not spin.
 * Returns the number of messages, and of reads that have ended, that were handled. Errors as
 * uffd_loop_run(); -EINVAL: timeout_ms; -ECANCELED after uffd_loop_stop(). With the io_uring poller
 * one thread must call both it and uffd_loop_fd(): another gets -EEXIST. Since 0.1.
 */
LIBUFFD_API int uffd_loop_dispatch(struct uffd_loop *loop, int timeout_ms);

/*
 * Milliseconds until uffd_loop_dispatch() has something to do without the descriptor being ready (a
 * source to be tried again, a prefetch that can go on); -1: nothing. For the timeout of somebody
 * else's poll. -EINVAL, -ECHILD. Since 0.1.
 */
LIBUFFD_API int uffd_loop_timeout(struct uffd_loop *loop);

/*
 * Makes uffd_loop_run() or uffd_loop_dispatch() return once, now or when next called. From any
 * thread and from a signal handler. Faults then wait in the kernel. 0; -ECHILD; -EINVAL. Since 0.1.
 */
LIBUFFD_API int uffd_loop_stop(struct uffd_loop *loop);

/*
 * Stops the loop, joins its thread if it has one, and frees it. Faults wait in the kernel until the
 * context has another loop or is closed. Waits for reads that are under way on its ring, and
 * installs what they bring.
 * 0; -EBUSY: another thread is in uffd_loop_run() or uffd_loop_dispatch(), or reads are under way
 * that only the thread that has dispatched the loop can bring to their end: it must close the loop,
 * or stay until that is done; -EDEADLK: called from a callback of this loop; -EINVAL. Any other
 * thread; after fork() it frees the child's copy. Since 0.1.
 */
LIBUFFD_API int uffd_loop_close(struct uffd_loop *loop);

#ifdef __cplusplus
}
#endif
#endif
