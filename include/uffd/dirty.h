/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Dirty tracking: which pages of a region were written since they were last collected. No write is
 * lost between two collects: a page that is reported is protected again before the call returns,
 * and what is written to it after that is reported the next time.
 *
 * Dirty is a page that may have changed: by a write through the mapping, of the program, of the
 * kernel on its behalf (read(2) into it) or of a KVM guest, or because it was thrown away. Content
 * that the library brings is no write. What changes memory behind its page table is not seen: a
 * second mapping, pwrite(2) to the file, another process, a device that has the pages pinned. Tell
 * of those with uffd_dirty_mark(). With SYNC the library must hear of anonymous memory that is
 * thrown away, from the kernel (UFFD_FEATURE_EVENT_REMOVE) or by uffd_discard(). Otherwise it is
 * reported when it is touched again, in a region with MISSING; without, by the next collect, but
 * before Linux 6.7 not at all: pages lose their protection with their content, and what is written
 * to them afterwards is not seen. Then it must be gone, too, before the second collect after it was
 * announced.
 *
 * With SYNC the memory must not be what malloc(3) hands out: the library's own state may lie in it,
 * and who answers the fault of writing there would wait for itself.
 */
#ifndef UFFD_DIRTY_H
#define UFFD_DIRTY_H

#include <uffd/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct uffd_dirty;

/* How writes are noticed. */
#define LIBUFFD_DIRTY_AUTO  0 /* ASYNC where the context has WP_ASYNC, else SYNC */
#define LIBUFFD_DIRTY_ASYNC 1 /* by the kernel, which stops nobody: UFFD_FEATURE_WP_ASYNC and
				 PAGEMAP_SCAN, Linux 6.7 */
#define LIBUFFD_DIRTY_SYNC  2 /* by write-protect faults, which a loop must answer */

struct uffd_dirty_opts {
	uint64_t size;	 /* sizeof(struct uffd_dirty_opts) */
	uint32_t method; /* LIBUFFD_DIRTY_* */
	uint32_t reserved;
};

/*
 * Begins to track a region registered for WP: protects all of it. Nothing is dirty when it returns
 * but what was written meanwhile. Until uffd_dirty_stop() what the library installs is installed
 * protected (uffd_move() copies). A region has one tracking at a time and cannot be removed before
 * it is stopped. What uffd_discard() announced before this call must be thrown away before it, too:
 * nobody remembers it.
 *
 * Which method works is decided by the context: WP_ASYNC, which has to be asked for when it is
 * opened, is for all of its memory and excludes SYNC and snapshots. SYNC on anonymous memory
 * without MISSING needs UFFD_FEATURE_WP_UNPOPULATED (Linux 6.4): pages that were never touched
 * could be written unseen.
 *
 * 0; -EINVAL: a NULL pointer, an unknown method, reserved not 0; -EOPNOTSUPP: the region is not
 * registered for WP, or the context, the kernel or a missing /proc does not allow the method, or
 * ASYNC on memory of another process; -EBUSY: it is tracked already, a snapshot of it is under way,
 * or it has a wp_fault callback; -EMFILE, -ENFILE (ASYNC); -ENOMEM; -EAGAIN: the mapping kept
 * changing for a second, or nobody reads the context's events; -ENOENT: the memory is unmapped;
 * -ESRCH: the process that owned the memory is gone; -E2BIG, -ECHILD. Any thread. Since 0.1.
 */
LIBUFFD_API int uffd_dirty_start(struct uffd_dirty **dirty, struct uffd_region *region,
				 const struct uffd_dirty_opts *opts);

/* LIBUFFD_DIRTY_ASYNC or _SYNC; -EINVAL: NULL. Any thread. Since 0.1. */
LIBUFFD_API int uffd_dirty_method(const struct uffd_dirty *dirty);

/*
 * Stores up to count dirty ranges from *offset on, in order of offset, not touching one another,
 * and sets *offset (bytes; 0 to begin with) to where the next call goes on: at the region's length
 * everything has been looked at. What is stored is clean, and protected, from then on; what is not
 * stored stays dirty. Read a page's content after it was stored: a write between the two is in the
 * content and reported again. A write is noted before it is made: a collect in between reports a
 * page whose one write comes later, and the next collect reports it again.
 *
 * Returns the number of ranges stored, which may be 0 before the end is reached. -EINVAL: a NULL
 * pointer, count 0, *offset unaligned; -ERANGE: *offset beyond the region; -EAGAIN, -ENOMEM: as
 * uffd_dirty_start(), nothing is lost and *offset stays; -ENOENT: nothing of the region is mapped
 * any more, found where a whole pass finds nothing dirty; a part that was unmapped, or mapped over,
 * has no dirty pages; -ESRCH, -ECHILD. Any thread; calls on one tracking wait for one another.
 * Since 0.1.
 */
LIBUFFD_API int64_t uffd_dirty_collect(struct uffd_dirty *dirty, uint64_t *offset,
				       struct uffd_range *ranges, uint64_t count);

/*
 * Marks a range as dirty: the next collect reports it. For changes that no page table shows; call
 * it after the change. What uffd_discard() or an event says was thrown away is marked by the
 * library: for two collects, since it is said before it happens, and in a region with MISSING for
 * as many more as find it still there; and again when its zeros are brought. The kernel itself
 * shows MADV_DONTNEED of anonymous memory as a write, but not that of a private mapping of a file,
 * nor MADV_REMOVE of shared memory.
 *
 * 0; -EINVAL, -ERANGE, -ECHILD. Any thread. Since 0.1.
 */
LIBUFFD_API int uffd_dirty_mark(struct uffd_dirty *dirty, uint64_t offset, uint64_t length);

/*
 * Ends the tracking, lifts the protection and frees it. The region stays. What is mapped protected
 * by a race with it is lifted at its first write.
 *
 * 0; -EINVAL: NULL; -EBUSY: a snapshot of the region is under way. In a forked child it frees the
 * child's copy. Any thread. Since 0.1.
 */
LIBUFFD_API int uffd_dirty_stop(struct uffd_dirty *dirty);

#ifdef __cplusplus
}
#endif
#endif
