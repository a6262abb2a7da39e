/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What every layer shares: handles, extents, the log callback, the rules for errors and options.
 *
 * Errors. Every function that can fail returns a negative errno value; there is no other channel.
 * errno is never part of the interface, and nothing is printed.
 *
 * Options. Every options struct begins with its own size, set by the caller with
 * sizeof(struct ...). A library older than its caller accepts a longer struct as long as the bytes
 * it does not know are zero, and answers -E2BIG otherwise; a size below the first version's is
 * -EINVAL, and so are unknown flags. A NULL options pointer means all defaults.
 *
 * Fork. A handle belongs to the process that made it. In a child made by fork() every function on
 * it that can return an error answers -ECHILD, except uffd_ctx_close(), uffd_loop_close(),
 * uffd_source_close(), uffd_workingset_close(), uffd_dirty_stop() and uffd_snapshot_close(): they
 * free the child's copy (calling user_free and the source's free in the child) and touch nothing
 * that the parent sees.
 */
#ifndef UFFD_TYPES_H
#define UFFD_TYPES_H

#include <stddef.h>
#include <stdint.h>

#include <uffd/version.h>

#if defined(__GNUC__)
#define LIBUFFD_API __attribute__((visibility("default")))
#else
#define LIBUFFD_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct uffd_ctx;
struct uffd_region;
struct uffd_source;
struct uffd_loop;

/* Registration modes; the values are the kernel's UFFDIO_REGISTER_MODE_*. */
#define LIBUFFD_MISSING (UINT32_C(1) << 0)
#define LIBUFFD_WP      (UINT32_C(1) << 1)
#define LIBUFFD_MINOR   (UINT32_C(1) << 2)

/* Types of memory. */
#define LIBUFFD_BACKING_DETECT          0 /* find out by looking at the mapping */
#define LIBUFFD_BACKING_ANON            1
#define LIBUFFD_BACKING_SHMEM           2 /* memfd, tmpfs, shared anonymous memory; MAP_SHARED */
#define LIBUFFD_BACKING_SHMEM_PRIVATE   3
#define LIBUFFD_BACKING_HUGETLB         4 /* MAP_SHARED */
#define LIBUFFD_BACKING_HUGETLB_PRIVATE 5 /* MAP_PRIVATE, with or without a file */
#define LIBUFFD_BACKING_GUEST_MEMFD     6
#define LIBUFFD_BACKING_COUNT           7

/* Who asks for an extent. */
#define LIBUFFD_FAULT_MISSING 1 /* a fault: nothing in the page table, nothing in the cache */
#define LIBUFFD_FAULT_MINOR   2 /* a fault: in the page cache, not in the page table */
#define LIBUFFD_DEMAND        3 /* uffd_demand() */
#define LIBUFFD_PREFETCH      4 /* uffd_prefetch(), uffd_prefetch_start(), uffd_claim(), or a
				   fill before closing */

#define LIBUFFD_EXTENT_WRITE (UINT32_C(1) << 0) /* the fault was a write */

/*
 * A run of pages that somebody asked for and that is now *claimed*: until it is completed nobody
 * else fills these pages. The claim is the handle: whoever knows (region, offset, length) completes
 * it, from any thread, exactly once, in one piece or in several.
 */
struct uffd_extent {
	uint64_t offset;       /* bytes from the start of the region, a multiple of its page size */
	uint64_t length;       /* bytes, a multiple of the page size */
	uint64_t fault_offset; /* which page of it is wanted first; bytes from the region's start */
	uint32_t kind;	       /* LIBUFFD_FAULT_*, LIBUFFD_DEMAND or LIBUFFD_PREFETCH */
	uint32_t flags;	       /* LIBUFFD_EXTENT_* */
	uint32_t tid;	       /* the faulting thread, 0 unknown. A hint: where KVM takes faults
				  asynchronously it names a kernel worker */
	uint32_t tries;	       /* how often it was asked for before, and failed */
};

/* Bytes from the region's start, multiples of its page size. */
struct uffd_range {
	uint64_t offset;
	uint64_t length;
};

/* Log levels, as syslog's. */
#define LIBUFFD_LOG_ERROR   3
#define LIBUFFD_LOG_WARNING 4
#define LIBUFFD_LOG_INFO    6
#define LIBUFFD_LOG_DEBUG   7

/*
 * Receives one line, without a newline, from whichever thread has something to say; never for every
 * fault. The text is gone when the callback returns. Must not call into the same context.
 */
typedef void (*uffd_log_fn)(int level, const char *line, void *user);

/* The version of the library that is running, as LIBUFFD_VERSION. Any thread. Since 0.1. */
LIBUFFD_API uint32_t uffd_version(void);

#ifdef __cplusplus
}
#endif
#endif
