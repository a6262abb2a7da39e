/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Prefetch: bringing a region's content before it is asked for, in the background, by the loop. A
 * thread that wants to bring it by itself calls uffd_prefetch().
 */
#ifndef UFFD_PREFETCH_H
#define UFFD_PREFETCH_H

#include <uffd/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct timespec;

struct uffd_prefetch;
struct uffd_workingset;

struct uffd_prefetch_opts {
	uint64_t size; /* sizeof(struct uffd_prefetch_opts) */
	const struct uffd_range *ranges; /* in this order; copied; NULL: the whole region */
	uint64_t range_count;
	struct uffd_workingset *workingset; /* replay this instead of ranges; NULL: not. Shared: its
					       handle may be closed at once */
	uint64_t budget; /* bytes in flight, at most; 0: as many as keep the source busy. Always within
			    the context's buffer_bytes. One page is in flight however small it is;
			    of packed content, 64 KiB */
	uint32_t flags;	 /* 0 */
	uint32_t reserved;
};

#define LIBUFFD_PREFETCH_RUNNING   0
#define LIBUFFD_PREFETCH_DONE	   1 /* it has been over everything */
#define LIBUFFD_PREFETCH_CANCELLED 2 /* by uffd_prefetch_cancel(), or because its region ended, or
					was to end otherwise than by REFUSE */
#define LIBUFFD_PREFETCH_FAILED	   3 /* the source failed, or packed content is damaged; see error */

struct uffd_prefetch_progress {
	uint64_t size;		  /* sizeof(struct uffd_prefetch_progress), set by the caller */
	uint64_t bytes_total;	  /* of all ranges */
	uint64_t bytes_done;	  /* gone over: brought by it, or found complete or under way */
	uint64_t bytes_brought;	  /* ... of these, brought by it */
	uint64_t bytes_in_flight; /* claimed by it and under way */
	uint32_t state;		  /* LIBUFFD_PREFETCH_* */
	int32_t error;		  /* FAILED: the negative errno; 0 otherwise */
};

/*
 * Begins to fill what is empty in the ranges, in the loop that dispatches the region's context, now
 * or as soon as there is one; those of one context one after the other. Demand comes first: while a
 * read that a fault or uffd_demand() has asked for is under way, or is to be tried again, nothing
 * is begun. What others fill, or have filled or discarded, is not read. An error of the source ends
 * it; its pages are empty again, and a fault on them asks again.
 *
 * 0, and *prefetch; -EINVAL: NULL, an unknown flag, reserved not 0, ranges and a working set,
 * ranges without a count or a count without ranges, a range that is empty or unaligned; -ERANGE:
 * one outside of the region; -EOPNOTSUPP: the region has no source, or no MISSING; -EXDEV: the
 * working set is of another region or source; -E2BIG, -ENOMEM, -ECHILD. Any thread. Since 0.1.
 */
LIBUFFD_API int uffd_prefetch_start(struct uffd_prefetch **prefetch, struct uffd_region *region,
				    const struct uffd_prefetch_opts *opts);

/*
 * How far it is. 0; -EINVAL: NULL, a size that is none; -E2BIG; -ECHILD. Any thread. Since 0.1.
 */
LIBUFFD_API int uffd_prefetch_progress(const struct uffd_prefetch *prefetch,
				       struct uffd_prefetch_progress *progress);

/*
 * Sleeps until it has ended, with nothing in flight. deadline: CLOCK_MONOTONIC, NULL for none. 0:
 * done; -ECANCELED; the error that ended it; -ETIMEDOUT; -EDEADLK: called by the thread that
 * dispatches the loop; -EINVAL, -ECHILD. Any thread. Since 0.1.
 */
LIBUFFD_API int uffd_prefetch_wait(struct uffd_prefetch *prefetch, const struct timespec *deadline);

/*
 * Nothing more is begun; what is in flight ends by itself. 0, also when it has ended already;
 * -EINVAL, -ECHILD. Any thread, callbacks too. Since 0.1.
 */
LIBUFFD_API int uffd_prefetch_cancel(struct uffd_prefetch *prefetch);

/*
 * Cancels it and gives the handle up; what is in flight ends by itself. NULL is allowed. Any
 * thread, callbacks too. Its region and context may have ended before. Does nothing in a forked
 * child. Since 0.1.
 */
LIBUFFD_API void uffd_prefetch_close(struct uffd_prefetch *prefetch);

#ifdef __cplusplus
}
#endif
#endif
