/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Live snapshots: the memory of some regions as it was at one instant, written out while the
 * program runs on.
 *
 *	uffd_snapshot_start()  protects the memory, while it is used
 *	uffd_snapshot_arm()    the instant
 *	uffd_snapshot_wait()   until all of it has been written
 *	uffd_snapshot_close()
 *
 * From the instant on the first write to a page waits until its old content has been copied to a
 * buffer. One thread copies, those pages first, then all the others; another writes the buffers
 * out. So memory is bounded: when all buffers are full, writers wait for the output. No page is
 * lost.
 *
 * What is written behind the page table does not wait and is not saved as it was: through a second
 * mapping, by pwrite(2) to the file, by another process, by a device that has the pages pinned.
 * What is thrown away meanwhile has to be announced by uffd_discard(), which waits until it is
 * saved, or the kernel has to tell of it (UFFD_FEATURE_EVENT_REMOVE), which ends the snapshot.
 *
 * The memory must not be what malloc(3) hands out: the library's own state may lie in it, and who
 * answers the fault of writing there would wait for itself.
 *
 * A write counts as before the instant when it did not have to wait for it. So the instant is one
 * for all regions of the snapshot and all threads that write to them, without stopping any of them.
 * A VMM that saves more than memory (the state of its CPUs) stops those that change it around
 * uffd_snapshot_arm(), and only there.
 */
#ifndef UFFD_SNAPSHOT_H
#define UFFD_SNAPSHOT_H

#include <time.h>

#include <uffd/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct timespec;

struct uffd_snapshot;

/* What is saved, and where in the output it begins. */
struct uffd_snapshot_part {
	struct uffd_region *region;
	uint64_t offset; /* bytes, a multiple of the region's page size */
};

/*
 * Only what is dirty since the last snapshot, or since it was collected: every region must be
 * tracked by uffd_dirty_start() with SYNC. Pages of zeros are written like all others, so that what
 * the output does not have is unchanged: uffd_source_open_layers() over the snapshot before puts
 * them together. A snapshot of a tracked region takes what is dirty, as a collect does, whether it
 * is incremental or not; one that fails, or is cancelled, gives it back.
 */
#define LIBUFFD_SNAPSHOT_INCREMENTAL (UINT32_C(1) << 0)

/*
 * Takes length bytes of the output at offset. Returns length; or fewer, to be asked for the rest;
 * or a negative errno, which ends the snapshot, as 0 does (-EIO). Called by a thread of the
 * snapshot, one call at a time, in any order of offsets, never again for a byte that it has taken.
 * What it is never called for is zeros, in an incremental one unchanged. Must not touch the memory
 * that is saved.
 */
typedef int64_t (*uffd_snapshot_write_fn)(void *user, const void *from, uint64_t length,
					  uint64_t offset);

struct uffd_snapshot_opts {
	uint64_t size;	/* sizeof(struct uffd_snapshot_opts) */
	uint32_t flags; /* LIBUFFD_SNAPSHOT_* */
	uint32_t reserved;
	uffd_snapshot_write_fn write; /* NULL: pwrite(2) to fd */
	void *user;		      /* handed to write */
	uint64_t buffer_bytes; /* for what is copied and not yet written: bytes; 0: 16 MiB; at least
				  1 MiB, and four pages. A quarter of it is kept for pages that
				  somebody waits to write */
};

#define LIBUFFD_SNAPSHOT_PREPARED  0
#define LIBUFFD_SNAPSHOT_RUNNING   1
#define LIBUFFD_SNAPSHOT_DONE	   2
#define LIBUFFD_SNAPSHOT_CANCELLED 3
#define LIBUFFD_SNAPSHOT_FAILED	   4 /* see error */

struct uffd_snapshot_progress {
	uint64_t size;		/* sizeof(struct uffd_snapshot_progress), set by the caller */
	uint64_t bytes_total;	/* to be saved: all of the parts, or what was dirty */
	uint64_t bytes_done;	/* ... that are: written, or seen to be zeros */
	uint64_t bytes_written; /* ... that went to the output */
	uint64_t bytes_waited;	/* ... that were copied at once because somebody was to write them */
	uint64_t bytes_source;	/* ... that came from the source, not being in memory yet */
	uint64_t pause_ns;	/* how long writers were held for the instant */
	uint32_t state;		/* LIBUFFD_SNAPSHOT_* */
	int32_t error;		/* FAILED: the negative errno; 0 otherwise */
};

/*
 * Prepares a snapshot: protects every page of the parts, in pieces, while the program runs on.
 * Until the instant the first write to a page takes a fault that lifts its protection. A loop must
 * dispatch the context all along, in a thread of its own.
 *
 * fd: where the output goes, unless opts->write takes it: a regular file, open for writing and not
 * O_APPEND; it stays the caller's, must stay open, and is not synced. It is extended to hold the
 * parts. What it had in their place is punched out, but for an incremental snapshot, which must not
 * find anything there. With opts->write fd is -1.
 *
 * The parts: count of them, copied; regions of one context, each once, not overlapping in the
 * output, registered for WP. A region with a snapshot cannot be removed before it is closed.
 *
 * 0; -EINVAL: a NULL pointer, count 0, an unknown flag, reserved not 0, an unaligned or overlapping
 * offset, a region twice or of another context, fd and write or neither, buffer_bytes too small, an
 * O_APPEND file; -EOPNOTSUPP: a region is not registered for WP, is of another process, is
 * anonymous without MISSING on a context without UFFD_FEATURE_WP_UNPOPULATED, /proc is missing, or
 * the context has WP_ASYNC, which tells nobody of writes; or fd is no regular file, cannot be
 * punched, or for INCREMENTAL has blocks larger than a page; -ENOTCONN: INCREMENTAL without SYNC
 * tracking; -EEXIST: INCREMENTAL, and the file has data there; -EBUSY: a snapshot of a region is
 * under way, or it has a wp_fault callback; -EBADF, -EFBIG, -ENOSPC, -EIO: the file; -EMFILE,
 * -ENFILE; -ENOMEM; -EAGAIN: threads cannot be made, or the mapping kept changing for a second;
 * -ENOENT: a region is unmapped, or something else is mapped within it; -E2BIG, -ECHILD. Any thread
 * but the one that dispatches (-EDEADLK). Since 0.1.
 */
LIBUFFD_API int uffd_snapshot_start(struct uffd_snapshot **snapshot,
				    const struct uffd_snapshot_part *parts, uint32_t count, int fd,
				    const struct uffd_snapshot_opts *opts);

/*
 * The instant: protects again what was written since, first while it goes on being written, then,
 * for the little that is left, with writers held: they wait, and go on when this returns. The
 * snapshot is of the memory as it is at that moment.
 *
 * 0; -EALREADY: it has been armed, cancelled or has failed; -EAGAIN: the mapping kept changing for
 * a second: nothing has happened, arm again; -ENOENT: a part was unmapped, and no event said so;
 * -EDEADLK: from the thread that dispatches; -EINVAL, -ECHILD. Since 0.1.
 */
LIBUFFD_API int uffd_snapshot_arm(struct uffd_snapshot *snapshot);

/*
 * Sleeps until everything has been written. deadline: CLOCK_MONOTONIC, NULL for none.
 *
 * 0: the output is whole; -ETIMEDOUT; -ECANCELED; -EINPROGRESS: it has not been armed; -EDEADLK:
 * the thread that dispatches, or the write callback; -EINVAL, -ECHILD; or what it failed by: the
 * output's error (-ENOSPC, -EIO, -EBADF ...); -ESTALE: memory was thrown away before it was saved,
 * without uffd_discard() before; -ENOENT: memory was unmapped before it was saved; -EFAULT: memory
 * cannot be read (PROT_NONE; in a context of LIBUFFD_CTX_USER_MODE_ONLY shared memory with MINOR
 * whose file the region was not given); -EHWPOISON: a page is poisoned; the source's error. The
 * program runs on whatever this says. Any thread. Since 0.1.
 */
LIBUFFD_API int uffd_snapshot_wait(struct uffd_snapshot *snapshot, const struct timespec *deadline);

/* 0; -EINVAL; -E2BIG; -ECHILD. Any thread. Since 0.1. */
LIBUFFD_API int uffd_snapshot_progress(const struct uffd_snapshot *snapshot,
				       struct uffd_snapshot_progress *progress);

/*
 * Ends it where it is: nothing more is copied, nobody waits any more. What has been written stays,
 * and is no snapshot. 0, also when it is over; -EINVAL, -ECHILD. Any thread. Since 0.1.
 */
LIBUFFD_API int uffd_snapshot_cancel(struct uffd_snapshot *snapshot);

/*
 * Cancels it if it is not over, waits for its threads (for the write callback to return), lifts the
 * protection and frees it. NULL: nothing. Not from the write callback. 0; -EDEADLK: the thread that
 * dispatches, or one of its own. In a forked child it frees the child's copy. Since 0.1.
 */
LIBUFFD_API int uffd_snapshot_close(struct uffd_snapshot *snapshot);

#ifdef __cplusplus
}
#endif
#endif
