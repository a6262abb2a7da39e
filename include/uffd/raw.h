/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The raw layer: one function for every userfaultfd system call and ioctl, an int fd in, a negative
 * errno or the bytes done out. No state, no retry, no policy; usable alone.
 *
 * All functions may be called from any thread. Addresses are addresses of the process whose memory
 * the descriptor serves, in bytes; addresses and lengths are multiples of the page size of that
 * memory (the huge page size on hugetlb), or the kernel answers -EINVAL.
 *
 * The fill functions (copy, zeropage, continue, poison, move) return the number of bytes done,
 * which may be less than asked: the kernel stops at the first page that it cannot do and says
 * EAGAIN with a count; asking again from there gives the true error. Only a call that did nothing
 * at all returns a negative error. Their errors, on every one of them:
 *
 *   -EEXIST  the page is there already. On shared memory it may be in the page cache only. This
 *            does NOT wake anybody (seen on Linux 6.18): see uffd_raw_wake()
 *   -EAGAIN  the mapping is changing (a REMOVE, UNMAP, REMAP or FORK event waits to be read: read
 *            all messages, then try again; spinning without reading never ends), or since 7.1 the
 *            kernel lost a race for a lock
 *   -ENOENT  the range is not mapped, not registered with a userfaultfd, or spans two mappings
 *   -EINVAL  misaligned, a length of zero, a range that wraps, an unknown mode bit
 *   -ESRCH   the process that owned the memory is gone
 *   -ENOMEM, -ENOSPC  no memory, no room in the file system or cgroup
 *   -EIO     a page with a hardware error
 *
 * Since 0.1.
 */
#ifndef UFFD_RAW_H
#define UFFD_RAW_H

#include <uffd/types.h>
#include <uffd/uapi.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What happened at each way of opening; 0 succeeded, 1 not tried, otherwise a negative errno. */
struct uffd_open_report {
	int32_t syscall_error; /* userfaultfd(2) */
	int32_t device_error;  /* /dev/userfaultfd, Linux 6.1 */
};

/*
 * A new userfaultfd by the system call. flags: O_CLOEXEC, O_NONBLOCK, UFFD_USER_MODE_ONLY.
 * -EPERM: vm.unprivileged_userfaultfd is 0 and neither CAP_SYS_PTRACE nor UFFD_USER_MODE_ONLY, or a
 * seccomp filter. -ENOSYS: not in this kernel, or a seccomp filter. -EINVAL: flags. -EMFILE,
 * -ENFILE, -ENOMEM.
 */
LIBUFFD_API int uffd_raw_open_syscall(int flags);

/*
 * A new userfaultfd by /dev/userfaultfd, whose file permissions decide. Same flags.
 * -ENOENT: no such device (before 6.1, or a container without it). -EACCES: its permissions.
 * -EINVAL: flags. -EMFILE, -ENFILE, -ENOMEM.
 */
LIBUFFD_API int uffd_raw_open_device(int flags);

/*
 * The system call, then the device; returns the descriptor or the system call's error (the device's
 * where that is -EMFILE, -ENFILE or -ENOMEM), with both errors in *report (may be NULL).
 */
LIBUFFD_API int uffd_raw_open(int flags, struct uffd_open_report *report);

/*
 * Writes one or more lines that say what failed and what to do about it (sysctl, device
 * permission, capability, seccomp) to text, at most size bytes with the final NUL. Returns the
 * length the whole text has, as snprintf.
 */
LIBUFFD_API int uffd_raw_open_advice(const struct uffd_open_report *report, char *text, size_t size);

/*
 * The handshake. features: UFFD_FEATURE_* that are required. On success *all_features and *ioctls
 * (each may be NULL) receive what the kernel has. -EINVAL: a feature this kernel lacks, or a
 * second handshake (after a failed one the same descriptor may be tried again). -EPERM: EVENT_FORK
 * without CAP_SYS_PTRACE. -EBADF, -ENOTTY: not a userfaultfd.
 */
LIBUFFD_API int uffd_raw_api(int fd, uint64_t features, uint64_t *all_features, uint64_t *ioctls);

/* The kernel's features, asked on a descriptor of its own that is closed again. Errors as open. */
LIBUFFD_API int uffd_raw_features(uint64_t *features);

/*
 * The kernel's name of the feature with bit number bit (0..63), such as "MISSING_SHMEM", or NULL.
 */
LIBUFFD_API const char *uffd_raw_feature_name(unsigned int bit);

/*
 * Registers [start, start + length). mode: UFFDIO_REGISTER_MODE_*. *ioctls (may be NULL) receives
 * the bit mask of ioctls that the kernel advertises; it lies about MOVE on shared memory (seen on
 * 6.18). -EINVAL: misaligned, nothing mapped, or memory that cannot do the mode. -EBUSY: registered
 * with another userfaultfd. -EPERM: a shared mapping of a file opened read-only. -ENOMEM: the owner
 * is gone.
 */
LIBUFFD_API int uffd_raw_register(int fd, uint64_t start, uint64_t length, uint64_t mode,
				  uint64_t *ioctls);

/*
 * Unregisters. Wakes waiters of MISSING ranges, and does not wake those of ranges registered MINOR
 * or WP only (seen on 6.18): wake first. From here on absent pages are zeros. -EINVAL: misaligned,
 * nothing mapped, memory that no userfaultfd can serve. -ENOMEM: the owner is gone.
 */
LIBUFFD_API int uffd_raw_unregister(int fd, uint64_t start, uint64_t length);

/* Copies from this process's memory. mode: UFFDIO_COPY_MODE_*. -EFAULT: source or file end. */
LIBUFFD_API int64_t uffd_raw_copy(int fd, uint64_t dst, const void *src, uint64_t length,
				  uint64_t mode);

/* Maps zeros. mode: UFFDIO_ZEROPAGE_MODE_*. -EINVAL also on hugetlb, which has no zero page. */
LIBUFFD_API int64_t uffd_raw_zeropage(int fd, uint64_t start, uint64_t length, uint64_t mode);

/*
 * Maps what is in the page cache. mode: UFFDIO_CONTINUE_MODE_*. Linux 5.13 (hugetlb), 5.14 (shmem).
 * -EFAULT: not in the page cache. -EINVAL also for anonymous memory and past the file's end.
 */
LIBUFFD_API int64_t uffd_raw_continue(int fd, uint64_t start, uint64_t length, uint64_t mode);

/*
 * Makes later accesses, and those that wait, raise SIGBUS. mode: UFFDIO_POISON_MODE_*. Linux 6.6.
 */
LIBUFFD_API int64_t uffd_raw_poison(int fd, uint64_t start, uint64_t length, uint64_t mode);

/*
 * Moves pages of anonymous memory within one address space. mode: UFFDIO_MOVE_MODE_*. Linux 6.8.
 * -EBUSY: a page is shared or pinned. -ENOENT: also a hole in the source. -EINVAL: also for memory
 * that is not anonymous and across address spaces.
 */
LIBUFFD_API int64_t uffd_raw_move(int fd, uint64_t dst, uint64_t src, uint64_t length,
				  uint64_t mode);

/*
 * Write-protects, or un-protects and wakes. mode: UFFDIO_WRITEPROTECT_MODE_*; both bits together
 * are -EINVAL. Returns 0. -ENOENT: not mapped or not registered for WP. -EAGAIN: as above.
 */
LIBUFFD_API int uffd_raw_writeprotect(int fd, uint64_t start, uint64_t length, uint64_t mode);

/*
 * Wakes whoever waits for the range. Returns 0, also when the owner is gone. Without a resolved
 * page the woken thread raises the same fault again. -EINVAL: misaligned, zero length.
 */
LIBUFFD_API int uffd_raw_wake(int fd, uint64_t start, uint64_t length);

/*
 * Whether the memory that a userfaultfd is for is there: 1, or 0 when the last process that had it has
 * ended. A pidfd tells less: who sent the descriptor need not be whose memory it is. Changes nothing.
 * -EBADF, -ENOTTY: not a userfaultfd; -EINVAL: its handshake has not been done.
 */
LIBUFFD_API int uffd_raw_owner_lives(int fd);

/*
 * Reads up to count messages from a userfaultfd, which should be a non-blocking one. Returns how
 * many, at least 1; -EAGAIN: none. Faults are read before events that are older (seen on 6.18).
 * Since Linux 6.10 it does not wait, also where somebody else who has the descriptor has taken
 * O_NONBLOCK off.
 */
LIBUFFD_API int64_t uffd_raw_read(int fd, struct uffd_msg *messages, size_t count);

/*
 * PAGEMAP_SCAN on an open /proc/PID/pagemap. Linux 6.7. Returns the number of page_region entries
 * filled. -ENOTTY: the kernel lacks it. -EPERM: PM_SCAN_CHECK_WPASYNC on memory without WP_ASYNC.
 */
LIBUFFD_API int64_t uffd_raw_pagemap_scan(int pagemap_fd, struct pm_scan_arg *arg);

/* What a result of a fill function means for its caller. */
#define LIBUFFD_OUTCOME_DONE    0 /* bytes were done; go on behind them */
#define LIBUFFD_OUTCOME_ALREADY 1 /* the page is there: make sure its waiters wake, skip it */
#define LIBUFFD_OUTCOME_RETRY   2 /* read every message, then ask again */
#define LIBUFFD_OUTCOME_GONE    3 /* the memory or its owner is gone: drop it */
#define LIBUFFD_OUTCOME_FAILED  4 /* anything else: the error says what */

/* Sorts a fill function's result (bytes or negative errno) into LIBUFFD_OUTCOME_*. */
LIBUFFD_API int uffd_raw_outcome(int64_t result);

#ifdef __cplusplus
}
#endif
#endif
