/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A context: one userfaultfd, its features, its regions. Many threads may use one context; only
 * one loop reads it.
 */
#ifndef UFFD_CONTEXT_H
#define UFFD_CONTEXT_H

#include <uffd/raw.h>
#include <uffd/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Serve faults of user mode only: needs no privilege. Faults taken by the kernel (read(2) into the
 * memory, KVM) then raise SIGBUS or EFAULT, so no guest of KVM may run on such memory.
 */
#define LIBUFFD_CTX_USER_MODE_ONLY (UINT32_C(1) << 0)
/*
 * The program will announce what it throws away with uffd_discard(). Contexts with
 * UFFD_FEATURE_EVENT_REMOVE hear it from the kernel and may use uffd_discard() too; others need
 * this flag, and pay a readers-writer lock per install for it.
 */
#define LIBUFFD_CTX_DISCARDS (UINT32_C(1) << 1)
/*
 * Keep in opts->state_fd what another process needs to go on with the memory when this one has
 * ended, however it ended: see uffd_takeover(7). The file is a memfd or lies on tmpfs. Empty: it is
 * made a state file. With what another context has left there: this one goes on from it, and
 * uffd_region_add() of a range that has a state there continues that state; all of them must be
 * added before a loop is opened. One context may use the file at a time: of another process it is
 * refused, in the same process nobody notices. Only for MISSING, on private memory, and of events
 * for REMOVE alone. Take that one: without it a page that was just being filled when its handler
 * died, and that its owner threw away before another went on, has the source's content again.
 */
#define LIBUFFD_CTX_STATE (UINT32_C(1) << 2)

struct uffd_ctx_opts {
	uint64_t size;		    /* sizeof(struct uffd_ctx_opts) */
	uint32_t flags;		    /* LIBUFFD_CTX_* */
	uint32_t reserved;	    /* 0 */
	uint64_t features;	    /* UFFD_FEATURE_* without which opening fails */
	uint64_t optional_features; /* taken where the kernel has them */
	uffd_log_fn log;	    /* NULL: silent */
	void *log_user;
	struct uffd_open_report *report; /* NULL, or receives how opening went: see
					    uffd_raw_open_advice() */
	uint64_t buffer_bytes; /* the most that all regions together hold in buffers for what is being
				  read: bytes; 0: 32 MiB; at least 1 MiB; more than 256 MiB is 256 MiB.
				  Of it a quarter is kept for demand. A page of more than that, or than
				  4 MiB, is read all the same, one at a time. What has been used stays
				  resident until the context ends */
	int32_t state_fd; /* with LIBUFFD_CTX_STATE, otherwise 0: read-write; stays the caller's. It
			     must stay open, and no other descriptor of the file may be closed in this
			     process while the context is there: that would give up its lock */
	uint32_t reserved2; /* 0 */
};

/*
 * Opens a userfaultfd (close-on-exec, non-blocking), does the handshake and makes a context around
 * it. Beyond those asked for it
 * takes every feature that only adds ability (MISSING_*, MINOR_*, WP on all memory, THREAD_ID,
 * EXACT_ADDRESS, POISON, MOVE); features that change what the kernel does (events, SIGBUS,
 * WP_UNPOPULATED, WP_ASYNC) are taken only when named.
 *
 * 0; -EPERM, -EACCES, -ENOSYS: no userfaultfd for this process (see opts->report), or EVENT_FORK
 * without CAP_SYS_PTRACE; -EOPNOTSUPP: the kernel lacks a required feature; -EINVAL: ctx NULL, an
 * unknown flag, a reserved field not 0, a buffer_bytes below 1 MiB, a state_fd without its flag;
 * -E2BIG; -EMFILE, -ENFILE; -ENOMEM. With LIBUFFD_CTX_STATE also -EBADF: state_fd is not open for
 * reading and writing; -EBADMSG: it has something else in it, or other events; -EBUSY: another
 * process uses it; -EOPNOTSUPP: a feature that it cannot keep (EVENT_FORK, EVENT_REMAP,
 * EVENT_UNMAP); -ENOSPC. Any thread. Since 0.1.
 */
LIBUFFD_API int uffd_ctx_open(struct uffd_ctx **ctx, const struct uffd_ctx_opts *opts);

/*
 * Makes a context around a userfaultfd whose handshake somebody has done, such as one received
 * from another process. features: what that handshake asked for. The descriptor becomes the
 * context's on success only; O_NONBLOCK is set on it. LIBUFFD_CTX_USER_MODE_ONLY says how it was
 * made. opts->features and opts->optional_features must be 0.
 *
 * 0; -EBADF: not a descriptor; -ENOTTY: not a userfaultfd; -EPROTO: its handshake has not been
 * done; -EINVAL; -E2BIG; -ENOMEM; with LIBUFFD_CTX_STATE as uffd_ctx_open(). Any thread. Since 0.1.
 */
LIBUFFD_API int uffd_ctx_adopt(struct uffd_ctx **ctx, int fd, uint64_t features,
			       const struct uffd_ctx_opts *opts);

/* The descriptor; it stays the context's. -EINVAL: NULL; -ECHILD. Any thread. Since 0.1. */
LIBUFFD_API int uffd_ctx_fd(const struct uffd_ctx *ctx);

/* The UFFD_FEATURE_* in force; 0 for NULL. Any thread. Since 0.1. */
LIBUFFD_API uint64_t uffd_ctx_features(const struct uffd_ctx *ctx);

/*
 * What to do with pages whose content never came, when a region or a context ends: pages that are
 * EMPTY and not DISCARDED, in a region with MISSING. A page that was there before the region was
 * made counts as one until something has claimed it; with TRUST_CACHE what is in the cache is
 * content.
 */
#define LIBUFFD_CLOSE_REFUSE 0 /* -EBUSY if there is one: they would silently become zeros */
#define LIBUFFD_CLOSE_FINISH 1 /* fill them first, from the source or the fault callback */
#define LIBUFFD_CLOSE_POISON 2 /* later accesses raise SIGBUS; needs UFFD_FEATURE_POISON */
#define LIBUFFD_CLOSE_DROP   3 /* they become zeros: for memory that nobody will touch again */

/*
 * Ends every region as uffd_region_remove() does, then closes the descriptor and frees the context.
 * Nothing is freed when it fails.
 *
 * 0; -EBUSY: a loop still reads the context, a claim is outstanding, writes to a region are
 * tracked, or pages are unfilled and how is LIBUFFD_CLOSE_REFUSE; -EINVAL: how; and as
 * uffd_region_remove(). In a forked child it frees the child's copy, whatever how says, and returns
 * 0. Not from a callback. Since 0.1.
 */
LIBUFFD_API int uffd_ctx_close(struct uffd_ctx *ctx, uint32_t how);

/*
 * Hands the memory over: frees the context and its regions without unregistering anything or waking
 * anybody, and gives the open descriptor to the caller in *fd. Faults wait in the kernel until
 * whoever gets the descriptor serves them; those that waited here for another try of a source fault
 * again. Which pages were filled is forgotten, and the next owner finds them present; with
 * LIBUFFD_CTX_STATE it is in the file for whoever takes over.
 *
 * 0; -EBUSY: a loop still reads the context, a claim is outstanding, or writes to a region are
 * tracked; -EINVAL; -ECHILD. Not from
 * a callback. Since 0.1.
 */
LIBUFFD_API int uffd_ctx_release(struct uffd_ctx *ctx, int *fd);

#ifdef __cplusplus
}
#endif
#endif
