/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A source: where the content of a region comes from. Sources are counted: every region that uses
 * one keeps it, so a handle may be closed as soon as its regions are added.
 */
#ifndef UFFD_SOURCE_H
#define UFFD_SOURCE_H

#include <uffd/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Read past the page cache (O_DIRECT). Any offset and length may be asked for: what is not aligned
 * to 4096 bytes in the file, in length and in memory is read through the page cache, so a
 * source_offset that is no multiple of that gains nothing. Where the file system has no O_DIRECT
 * opening fails with its error (EINVAL).
 */
#define LIBUFFD_SOURCE_DIRECT (UINT32_C(1) << 0)

struct uffd_source_file_opts {
	uint64_t size;	/* sizeof(struct uffd_source_file_opts) */
	uint32_t flags; /* LIBUFFD_SOURCE_* */
	uint32_t reserved;
};

/*
 * A source from a file, opened read-only. Holes of a sparse file become zero pages without a read.
 * The file must keep its size and content while regions use it; one that shrinks makes reads fail,
 * it never yields stale bytes.
 * 0; -errno of open(2) and fstat(2); -EINVAL: NULL, an unknown flag, not a regular file or block
 * device, or empty; -E2BIG; -ENOMEM. Any thread. Since 0.1.
 */
LIBUFFD_API int uffd_source_open_file(struct uffd_source **source, const char *path,
				      const struct uffd_source_file_opts *opts);

/*
 * The same from an open descriptor, whose file is opened once more, so that its offset, flags and
 * advice stay the caller's (through /proc; where that cannot be it is duplicated). -EBADF: not
 * open, or not for reading. Since 0.1.
 */
LIBUFFD_API int uffd_source_open_fd(struct uffd_source **source, int fd,
				    const struct uffd_source_file_opts *opts);

/*
 * A source from memory of this process, which must stay readable and must not be memory of a
 * context. 0; -EINVAL: NULL, length 0; -ENOMEM. Any thread. Since 0.1.
 */
LIBUFFD_API int uffd_source_open_memory(struct uffd_source **source, const void *at, size_t length);

/*
 * A read that a source answers later. Opaque; it lives until uffd_read_done().
 */
struct uffd_read;

/*
 * A source of the program's own, by a function that reads at once, one that reads later, or both:
 * then submit is the one that is used, but for LIBUFFD_WORKINGSET_PACK. Offsets and lengths in
 * bytes, within the length given at opening. The functions may be called by several threads at
 * once. They run where uffd_fault_fn does, in a thread of the library's own, in
 * uffd_workingset_save(), or in uffd_read_done() for the next part of a page, and have the duties
 * of that callback.
 */
struct uffd_source_ops {
	uint64_t size; /* sizeof(struct uffd_source_ops) */
	/*
	 * Reads exactly length bytes at offset into buffer and returns length. Less is an error, as
	 * is a negative errno: it is tried again and then handled as the region says. A read past
	 * the length given at opening is never asked for.
	 */
	int64_t (*read)(void *user, void *buffer, uint64_t length, uint64_t offset);
	/*
	 * Says of how many bytes from offset on, at most length and at least 1, *zero holds: 1 they
	 * are zeros that need no read, 0 they must be read. NULL: everything must be read. A
	 * negative errno is an error of the source.
	 */
	int64_t (*map)(void *user, uint64_t offset, uint64_t length, int *zero);
	/* Called once when nobody uses the source any more, or when opening fails; may be NULL. */
	void (*free)(void *user);
	/*
	 * Begins to read exactly length bytes at offset into buffer, which stays valid until the
	 * answer. 0: it is queued, and uffd_read_done(read, ...) will be called exactly once, from
	 * any thread, also before submit returns. -EBUSY: not now, it is asked again when another
	 * read has ended, or within a millisecond. Another negative errno is an error as read's.
	 * Only after 0 may uffd_read_done() have been called.
	 */
	int (*submit)(void *user, struct uffd_read *read, void *buffer, uint64_t length,
		      uint64_t offset);
};

/*
 * Answers a read: result is its length when every byte of it is in the buffer; a negative errno, or
 * less than the length, is an error. The content is installed, and its waiters woken, by this call:
 * it has the duties of uffd_fault_fn, and read and buffer are gone when it returns. Any thread, not
 * after fork(). Since 0.1.
 */
LIBUFFD_API void uffd_read_done(struct uffd_read *read, int64_t result);

/*
 * 0; -EINVAL: NULL, neither read nor submit, length 0; -E2BIG; -ENOMEM. ops is copied. Any thread.
 * Since 0.1.
 */
LIBUFFD_API int uffd_source_open(struct uffd_source **source, uint64_t length,
				 const struct uffd_source_ops *ops, void *user);

/*
 * A source from layers: a base, layers[0], and count - 1 sparse diffs over it. Where a later layer
 * has data that is the content; its holes (what its map says is zero, and what lies behind its end)
 * show the layer below. Every byte that no layer has is zero. Its length is the base's; a diff may
 * be shorter and not longer. The layers are shared: their handles may be closed at once.
 * 0; -EINVAL: NULL, count 0 or more than LIBUFFD_LAYERS_MAX, a layer that is itself of layers, a
 * diff longer than the base; -ENOMEM. Any thread. Since 0.1.
 */
#define LIBUFFD_LAYERS_MAX 64
LIBUFFD_API int uffd_source_open_layers(struct uffd_source **source,
					struct uffd_source *const *layers, size_t count);

/* Its length in bytes; 0 for NULL. Any thread. Since 0.1. */
LIBUFFD_API uint64_t uffd_source_length(const struct uffd_source *source);

/* Gives the caller's handle up; NULL is allowed. Any thread. Since 0.1. */
LIBUFFD_API void uffd_source_close(struct uffd_source *source);

#ifdef __cplusplus
}
#endif
#endif
