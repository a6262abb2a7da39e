/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A region: a range of memory registered with a context, the state of each of its pages, and who
 * brings content. uffd_pagestate(7) tells the states.
 */
#ifndef UFFD_REGION_H
#define UFFD_REGION_H

#include <uffd/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* fd below is the file behind the memory; without this flag fd must be 0. */
#define LIBUFFD_REGION_FD (UINT32_C(1) << 0)
/*
 * Map the file a second time, unregistered, for uffd_region_alias(). Needs LIBUFFD_REGION_FD and
 * shared memory.
 */
#define LIBUFFD_REGION_ALIAS (UINT32_C(1) << 1)
/*
 * What is in the page cache is right, because the file was filled before: a MINOR fault on a page
 * that this context never filled is continued at once. Without it such a page is taken for
 * somebody's half-written one, and filled. MINOR without MISSING needs this flag, since a hole then
 * reads as zeros without any event.
 */
#define LIBUFFD_REGION_TRUST_CACHE (UINT32_C(1) << 2)
/*
 * A REMOVE event on shared memory says nothing about content not brought yet: the source's content
 * stays due. By default it is a discard, and the page is zeros from then on (balloons).
 */
#define LIBUFFD_REGION_KEEP_ON_REMOVE (UINT32_C(1) << 3)
/*
 * The memory belongs to another process: nothing is looked up or advised in this one, and backing
 * and page_size must be given.
 */
#define LIBUFFD_REGION_FOREIGN (UINT32_C(1) << 4)
/* The range is registered with the descriptor already, by whoever opened it. */
#define LIBUFFD_REGION_REGISTERED (UINT32_C(1) << 5)
/*
 * A KVM guest runs on this memory. Refused on a context of USER_MODE_ONLY or UFFD_FEATURE_SIGBUS,
 * whose guests take KVM_EXIT_MMIO or an internal error instead of a fault (seen on 6.18).
 */
#define LIBUFFD_REGION_KVM (UINT32_C(1) << 6)

/*
 * Look at what was read: pages of zeros become zero pages, which take no memory where the zero page
 * is mapped (anonymous memory of 4 KiB pages). Costs the look at every page that is not. What comes
 * by MOVE, ALIAS or POPULATE, or from a memory source, is not looked at.
 */
#define LIBUFFD_REGION_DETECT_ZEROS (UINT32_C(1) << 7)

/*
 * How what a source has read gets into the memory. AUTO is COPY, but for whole aligned huge pages,
 * most of which is data, MOVE where the memory is anonymous and of this process, and ALIAS where
 * the region has an alias and MINOR and its file takes huge pages (a tmpfs of huge=always,
 * within_size or advise; a memfd where shmem_enabled says so); and ALIAS on hugetlb with an alias
 * and MINOR. In pages of 4 KiB the kernel zeroes each page of an alias before it is read into,
 * which costs more than COPY does. What was asked for and cannot be is -EOPNOTSUPP; so are ALIAS
 * and POPULATE with TRUST_CACHE, whose content they would write over.
 */
#define LIBUFFD_INSTALL_AUTO	 0
#define LIBUFFD_INSTALL_COPY	 1 /* read into a buffer, UFFDIO_COPY */
#define LIBUFFD_INSTALL_MOVE	 2 /* whole huge pages: read into a buffer of huge pages, UFFDIO_MOVE
				      (Linux 6.8); less: COPY */
#define LIBUFFD_INSTALL_ALIAS	 3 /* read into the alias mapping, UFFDIO_CONTINUE */
#define LIBUFFD_INSTALL_POPULATE 4 /* read into a buffer, pwrite(2) to the file, UFFDIO_CONTINUE */

/* What happens to a page whose content cannot be had after all tries. */
#define LIBUFFD_ON_ERROR_POISON 0 /* its waiters and later accesses get SIGBUS (needs POISON; without
				     it as HOLD) */
#define LIBUFFD_ON_ERROR_HOLD	1 /* its waiters sleep until uffd_region_resume() */

/*
 * Called with a claimed extent that somebody wants: a faulting thread, uffd_demand() or
 * uffd_prefetch(). Bring its content now or later, from any thread, with exactly one completion for
 * every page of it: uffd_copy(), uffd_zero(), uffd_continue(), uffd_populate(), uffd_move(),
 * uffd_poison() or uffd_abandon(). Until then threads that touch these pages sleep.
 *
 * Return 0 when that is done or will be. When the content cannot be had return a negative errno, or
 * the number of bytes from the extent's start that are complete, as a completing function does:
 * nothing behind them may have been completed or be completed later. The rest is asked for again
 * after a back-off, opts->max_retries times, with fault_offset at its start, flags and tid 0; then
 * opts->on_error decides. What a completing function said of a mapping that keeps changing,
 * -EAGAIN, is not counted as a try while it does. What was only prefetched and nobody waits for is
 * not asked for again, but becomes empty.
 *
 * Runs in the thread that dispatches the loop, or in the one that called uffd_demand() or
 * uffd_prefetch(). Must not touch memory of the context, must not call madvise, munmap or mremap on
 * it, free(3) included where the heap is registered, and must not take a lock that a faulting
 * thread may hold: the thread that would serve the fault is this one. *extent is gone when it
 * returns.
 */
typedef int (*uffd_fault_fn)(struct uffd_region *region, const struct uffd_extent *extent,
			     void *user);

/*
 * Called for a write to a write-protected page at offset (bytes, page aligned). Nothing is claimed.
 * The writer sleeps until uffd_writeprotect() lifts the protection; more than one call for a page
 * is possible. Threads and duties as uffd_fault_fn; the return value is logged when negative.
 */
typedef int (*uffd_wp_fn)(struct uffd_region *region, uint64_t offset, uint32_t tid, void *user);

/*
 * Called when the content of [offset, offset + length) (bytes, whole pages) cannot be had after all
 * tries, before opts->on_error is carried out. error: what the last try said, a negative errno.
 * Threads and duties as uffd_fault_fn; the pages are claimed, and not by the callback.
 */
typedef void (*uffd_lost_fn)(struct uffd_region *region, uint64_t offset, uint64_t length,
			     int error, void *user);

struct uffd_region_opts {
	uint64_t size;		/* sizeof(struct uffd_region_opts) */
	uint32_t flags;		/* LIBUFFD_REGION_* */
	uint32_t backing;	/* LIBUFFD_BACKING_*; DETECT (0) looks at the mapping */
	uint64_t page_size;	/* bytes; 0: that of the mapping */
	uint64_t fault_around;	/* bytes, a power of two: a fault claims the empty run around it
				   within an aligned window of this size; 0: 65536, or one page
				   where pages are larger. One page: just the page that faulted. At
				   most 1 GiB */
	int32_t fd;		/* with LIBUFFD_REGION_FD; stays the caller's, must stay open */
	uint32_t on_error;	/* LIBUFFD_ON_ERROR_* */
	uint64_t fd_offset;	/* where the region begins in fd; bytes, page aligned */
	struct uffd_source *source; /* who brings content, or: */
	uint64_t source_offset; /* where the region begins in the source; bytes, any alignment */
	uffd_fault_fn fault;	/* ... this callback */
	uffd_wp_fn wp_fault;	/* NULL: the first write to a protected page lifts its protection.
				   Must be NULL for uffd/dirty.h and uffd/snapshot.h */
	void *user;		/* handed to the callbacks */
	void (*user_free)(void *user); /* called once when the region has ended, or at once when
					  adding it fails; NULL: nothing */
	uint32_t max_retries;	/* tries after the first before on_error; 0: 5; UINT32_MAX: none.
				   With a source a page that was read with others has one more,
				   alone, if somebody waits for it; the others are empty again */
	uint32_t install;	/* LIBUFFD_INSTALL_*; with a source only */
	uint64_t retry_ns;	/* the first back-off, doubled each time up to one second; 0: 1 ms */
	uffd_lost_fn lost;	/* NULL: only the log tells */
};

/*
 * Registers [mem, mem + length) with ctx and makes a region of it. modes: LIBUFFD_MISSING, _MINOR,
 * _WP or a combination. mem and length: multiples of the page size of the memory. The source, if
 * any, is shared: closing the caller's handle is allowed at once. Pages present already stay as
 * they are and raise no fault.
 *
 * 0, and *region.
 * -EINVAL      a NULL pointer; modes 0 or unknown; an unknown flag, backing or install; an
 *              install or DETECT_ZEROS without a source; a source and a fault callback, or
 *              neither where MISSING or MINOR needs one (TRUST_CACHE does not); fault_around no
 *              power of two; fd without its flag; a backing or page size that is not the mapping's;
 *              FOREIGN without them; FD on memory that is not shared, unaligned, or opened
 *              O_APPEND; ALIAS without FD
 * -EBADF       fd is no open file, or not the one mapped there from fd_offset on
 * -EFAULT      mem or length is zero or unaligned, or the range wraps
 * -ENXIO       nothing is mapped there, or not with one type of memory
 * -EEXIST      it overlaps a region of this context
 * -EBUSY       it is registered with another userfaultfd
 * -EOPNOTSUPP  this memory on this kernel cannot do a mode, or the context lacks the feature for it
 *              (guest_memfd: only WP with WP_ASYNC; private file mappings: no MINOR)
 * -EACCES      LIBUFFD_REGION_KVM on a context that serves user mode only, or by SIGBUS
 * -EPERM       MINOR without MISSING and without TRUST_CACHE; a file opened read-only
 * -ERANGE      the source ends before the region's last page, or fd before fd_offset + length. A
 *              source that ends within the last page is taken: the rest of it is zeros
 * -EBADMSG     the context's state file has the range with another page size, or a part of it
 * -ENOSPC      the context's state file has no room: for 256 ranges, and what its file system gives
 * -E2BIG, -EMFILE, -ENOMEM, -ECHILD, -ESRCH (the foreign owner is gone)
 * Any thread. Since 0.1.
 */
LIBUFFD_API int uffd_region_add(struct uffd_region **region, struct uffd_ctx *ctx, void *mem,
				size_t length, uint32_t modes, const struct uffd_region_opts *opts);

/*
 * Ends a region: settles its unfilled pages as how says (LIBUFFD_CLOSE_*), wakes its waiters,
 * unregisters it and frees it. Nothing is freed when it fails.
 *
 * 0; -EBUSY: a claim is outstanding, or pages are unfilled and how is REFUSE, or writes to it are
 * tracked (uffd_dirty_stop() or uffd_snapshot_close() first); -EOPNOTSUPP: POISON
 * that the kernel lacks; -EINVAL; -ECHILD; with FINISH also the source's error (-EIO) or
 * -EOPNOTSUPP where there is nobody to bring content. -EDEADLK: from a fault callback. Content that
 * waits for another try, or is held, does not keep a region from ending, unless how is REFUSE. Any
 * thread. Since 0.1.
 */
LIBUFFD_API int uffd_region_remove(struct uffd_region *region, uint32_t how);

/*
 * The region that has address, and in *offset (may be NULL) where in it, in bytes; NULL if none.
 * O(1) for regions spread evenly, O(log n) for any. Takes no lock. The region is good until
 * somebody removes it. Any thread. Since 0.1.
 */
LIBUFFD_API struct uffd_region *uffd_region_lookup(struct uffd_ctx *ctx, const void *address,
						   uint64_t *offset);

/*
 * The address of a byte offset, NULL past the end or where it was unmapped. mremap may have moved
 * it; offsets stay as they were. Any thread. Since 0.1.
 */
LIBUFFD_API void *uffd_region_address(struct uffd_region *region, uint64_t offset);

/* Length in bytes; page size in bytes; LIBUFFD_BACKING_*; opts.user; the context. Since 0.1. */
LIBUFFD_API uint64_t uffd_region_length(const struct uffd_region *region);
LIBUFFD_API uint64_t uffd_region_page_size(const struct uffd_region *region);
LIBUFFD_API uint32_t uffd_region_backing(const struct uffd_region *region);
LIBUFFD_API void *uffd_region_user(const struct uffd_region *region);
LIBUFFD_API struct uffd_ctx *uffd_region_ctx(const struct uffd_region *region);

/*
 * The start of the region's second, unregistered mapping (LIBUFFD_REGION_ALIAS), or NULL. Content
 * written there, to pages that are claimed, is in the page cache at once and reaches nobody before
 * uffd_continue(). Any thread. Since 0.1.
 */
LIBUFFD_API void *uffd_region_alias(const struct uffd_region *region);

/* States of a page. */
#define LIBUFFD_PAGE_EMPTY    0 /* its content is not here */
#define LIBUFFD_PAGE_BUSY     1 /* claimed: one owner is filling it */
#define LIBUFFD_PAGE_CACHED   2 /* its content is complete */
#define LIBUFFD_PAGE_POISONED 3 /* its content will never come */
#define LIBUFFD_PAGE_STATE(p) ((p) & 3)
#define LIBUFFD_PAGE_WAITERS   4 /* a thread waits for its owner */
#define LIBUFFD_PAGE_DISCARDED 8 /* thrown away: from then on it is zeros */

/*
 * The state of the page at offset (bytes), with the WAITERS and DISCARDED bits: a picture of one
 * instant. -ERANGE, -ECHILD, -EINVAL. Any thread. Since 0.1.
 */
LIBUFFD_API int uffd_region_page(const struct uffd_region *region, uint64_t offset);

/*
 * How many bytes of the region wait for content that has not come: pages that are EMPTY and not
 * DISCARDED, or BUSY. It looks at every page's state: 16,384 words for a GiB of 4 KiB pages.
 * -ECHILD, -EINVAL. Any thread. Since 0.1.
 */
LIBUFFD_API int64_t uffd_region_unfilled(const struct uffd_region *region);

/*
 * Tries again what LIBUFFD_ON_ERROR_HOLD holds. Returns the number of extents that were held;
 * -ECHILD, -EINVAL. Any thread. Since 0.1.
 */
LIBUFFD_API int uffd_region_resume(struct uffd_region *region);

#ifdef __cplusplus
}
#endif
#endif
