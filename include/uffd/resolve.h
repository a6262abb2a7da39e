/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * How a page becomes present: claims, and the ways to complete them.
 *
 * offset and length are bytes within the region, multiples of its page size. All functions here may
 * be called from any thread, callbacks included; none allocates memory, but for the note of content
 * that could not be had.
 *
 * A completing function works on pages that the caller has claimed (a fault callback's extent, or
 * uffd_claim()). It checks that the whole range is claimed before it does anything, installs the
 * content, wakes whoever waits, and gives the claim up. Pages discarded since they were claimed
 * become zeros instead. Common results:
 *
 *   0            every page of the range is complete
 *   > 0          so many bytes of it are complete, and then came an error: the rest is still
 *                claimed, and asking again from there gives the error
 *   -EINVAL      unaligned, length 0, an unknown flag, NULL
 *   -ERANGE      outside the region
 *   -EALREADY    a page of the range has been completed before; nothing was done
 *   -ENOLCK      a page of the range is not claimed; nothing was done
 *   -EOPNOTSUPP  this memory, context or kernel cannot do it; nothing was done
 *   -EAGAIN      the mapping kept changing for a second, or nobody reads the context's events
 *   -EFAULT      the content's own memory cannot be read
 *   -ENOMEM, -ENOSPC, -EIO
 *                after the last five nothing was done and all is still claimed: complete it in
 *                another way, or again
 *   -ENOENT      the memory is unmapped: the claim is given up, waiters are woken
 *   -ESRCH       the process that owned the memory is gone: the claim is given up
 *   -ECHILD      after fork()
 *
 * Since 0.1.
 */
#ifndef UFFD_RESOLVE_H
#define UFFD_RESOLVE_H

#include <time.h>

#include <uffd/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Leave the pages write-protected. The region must be registered for WP. uffd_move() then copies,
 * uffd_zero() copies zeros, and uffd_populate() maps whether somebody waits or not: only so is
 * there no moment without protection.
 */
#define LIBUFFD_RESOLVE_WP (UINT32_C(1) << 0)

/* Copies length bytes from src. Every type of memory but guest_memfd. */
LIBUFFD_API int64_t uffd_copy(struct uffd_region *region, uint64_t offset, const void *src,
			  uint64_t length, uint32_t flags);

/* Fills with zeros. Every type of memory but guest_memfd. */
LIBUFFD_API int64_t uffd_zero(struct uffd_region *region, uint64_t offset, uint64_t length,
			  uint32_t flags);

/*
 * Publishes what is in the page cache: written through uffd_region_alias(), or by another process.
 * Shared memory of a region with MINOR. -EFAULT: a page is not in the cache.
 */
LIBUFFD_API int64_t uffd_continue(struct uffd_region *region, uint64_t offset, uint64_t length,
			      uint32_t flags);

/*
 * Writes length bytes from src to the region's file (pwrite) and maps the range if somebody waits
 * in it; otherwise its first access takes a MINOR fault that the loop answers. Shared memory of a
 * region with MINOR and LIBUFFD_REGION_FD.
 */
LIBUFFD_API int64_t uffd_populate(struct uffd_region *region, uint64_t offset, const void *src,
			      uint64_t length, uint32_t flags);

/*
 * Moves pages from src, private anonymous memory of this process with the same page size and
 * alignment, which becomes a hole. Anonymous memory of this process, Linux 6.8. Pages that cannot
 * be moved (shared, pinned, holes) are copied.
 */
LIBUFFD_API int64_t uffd_move(struct uffd_region *region, uint64_t offset, void *src, uint64_t length,
			  uint32_t flags);

/*
 * The content will never come: waiters and later accesses get SIGBUS. Linux 6.6. A page that turns
 * out to be present stays so, and is complete.
 */
LIBUFFD_API int64_t uffd_poison(struct uffd_region *region, uint64_t offset, uint64_t length);

/* Gives the claim up unfilled. Waiters are woken and fault again. Never fails with -EAGAIN. */
LIBUFFD_API int uffd_abandon(struct uffd_region *region, uint64_t offset, uint64_t length);

/*
 * Claims the first run of empty pages in the range, for a thread that fills memory on its own
 * account. 0, and *extent says which (its kind is LIBUFFD_PREFETCH; as long as the run is, so bound
 * length by how long a fault in it may wait); its DISCARDED pages become zeros whatever it is
 * completed with. -EBUSY: no page is empty, and one is being filled;
 * -EALREADY: every page is complete or poisoned; -EINVAL, -ERANGE, -ECHILD.
 */
LIBUFFD_API int uffd_claim(struct uffd_region *region, uint64_t offset, uint64_t length,
			   struct uffd_extent *extent);

/*
 * Write-protects (protect != 0), or lifts the protection and wakes writers. Needs no claim; the
 * region must be registered for WP. -EOPNOTSUPP: it is not; -EBUSY: writes to it are tracked, which
 * decides what is protected; -EAGAIN, -ENOENT, -EINVAL, -ERANGE, -ECHILD.
 */
LIBUFFD_API int uffd_writeprotect(struct uffd_region *region, uint64_t offset, uint64_t length,
				  int protect);

/*
 * Wakes whoever waits for the range; a page not resolved faults again. Needs no claim and changes
 * no state. -EINVAL, -ERANGE, -ECHILD.
 */
LIBUFFD_API int uffd_wake(struct uffd_region *region, uint64_t offset, uint64_t length);

struct timespec; /* <time.h> hides it from strict C99 */

/*
 * Brings a range and returns when every page of it is complete: for threads whose faults
 * userfaultfd never sees, such as a VMM that answers a KVM memory fault exit. Claims what is empty
 * and lets the source or fault callback fill it in this thread; sleeps for what others are filling.
 * deadline: CLOCK_MONOTONIC, NULL for none; -EINVAL also where its tv_nsec is none.
 *
 * 0; -ETIMEDOUT; -EHWPOISON: a page of the range is poisoned; -EDEADLK: called by the thread that
 * dispatches the loop while a page is being filled by somebody else; -EOPNOTSUPP: nobody to bring
 * content; -ENOENT: a part of it was unmapped; -ESRCH: the memory's owner is gone; -EINVAL,
 * -ERANGE, -ECHILD.
 */
LIBUFFD_API int uffd_demand(struct uffd_region *region, uint64_t offset, uint64_t length,
			    const struct timespec *deadline);

/*
 * Fills what is empty in the range, in this thread, in extents of at most 512 KiB (or one huge
 * page), and does not wait for pages that others are filling.
 *
 * 0; the first error of the source or callback, which ends it (the pages are empty again unless a
 * fault waits for them); -EOPNOTSUPP: nobody to bring content; -EINVAL, -ERANGE, -ECHILD.
 */
LIBUFFD_API int uffd_prefetch(struct uffd_region *region, uint64_t offset, uint64_t length);

/*
 * Announces that the program is about to throw the range away: MADV_DONTNEED on anonymous memory,
 * MADV_REMOVE or fallocate(PUNCH_HOLE) on shared memory. Call it before that. From then on the
 * content is zeros, never the source's. Changes states only. A context with EVENT_REMOVE hears of
 * the madvise calls from the kernel, but never of fallocate.
 *
 * While a snapshot runs it waits until what the range holds has been saved; what an event says was
 * thrown away without that ends the snapshot.
 *
 * 0; -EOPNOTSUPP: the context has neither EVENT_REMOVE nor LIBUFFD_CTX_DISCARDS; -EDEADLK: it would
 * have to wait, in the thread that dispatches; -EINVAL, -ERANGE, -ECHILD.
 */
LIBUFFD_API int uffd_discard(struct uffd_region *region, uint64_t offset, uint64_t length);

#ifdef __cplusplus
}
#endif
#endif
