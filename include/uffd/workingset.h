/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A working set: what was asked of a region, when and in what order; recorded, saved, loaded, and
 * replayed by uffd_prefetch_start() so that it is there when it is asked for again.
 */
#ifndef UFFD_WORKINGSET_H
#define UFFD_WORKINGSET_H

#include <uffd/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct uffd_workingset;

/*
 * Record with fault-around as the region has it. Without this flag a fault brings just its own page
 * while recording, so that the set holds what was touched and no more; the program runs slower.
 * With it the set holds whole windows.
 */
#define LIBUFFD_WORKINGSET_AROUND (UINT32_C(1) << 0)
/* Record prefetches too: for a picture, not for replay, which leaves them out. */
#define LIBUFFD_WORKINGSET_TRACE (UINT32_C(1) << 1)

struct uffd_workingset_opts {
	uint64_t size;  /* sizeof(struct uffd_workingset_opts) */
	uint32_t flags; /* LIBUFFD_WORKINGSET_* */
	uint32_t reserved;
};

/* One extent that was brought. */
struct uffd_workingset_entry {
	uint64_t offset;       /* bytes from the region's start: what was claimed */
	uint64_t length;       /* bytes */
	uint64_t fault_offset; /* which page of it was wanted */
	uint64_t time_ns;      /* since the recording began */
	uint64_t latency_ns;   /* until its content was there; 0: not while recording */
	uint32_t kind;         /* LIBUFFD_FAULT_*, _DEMAND or _PREFETCH */
	uint32_t flags;        /* LIBUFFD_EXTENT_* */
};

struct uffd_workingset_info {
	uint64_t size; /* sizeof(struct uffd_workingset_info), set by the caller */
	uint64_t region_length;
	uint64_t page_size;
	uint64_t source_offset;
	uint64_t source_length;
	uint64_t entries;
	uint64_t lost;  /* extents that were not recorded, for want of room */
	uint64_t pages; /* different pages that a replay brings; unpacked it also reads gaps of
				  up to 8 KiB between them */
	uint64_t packed_bytes; /* of content kept in the file; 0: none */
};

/*
 * Begins to record what is asked of a region's source: a page that a prefetch brings first is not
 * asked for. A region has one recording at a time; its end, or an attempt to end it otherwise than
 * by REFUSE, ends it.
 * 0, and *set; -EINVAL: NULL, an unknown flag; -EOPNOTSUPP: the region has no source; -EBUSY: it is
 * recorded; -E2BIG, -ENOMEM, -ECHILD. Any thread, not a callback. Since 0.1.
 */
LIBUFFD_API int uffd_workingset_record(struct uffd_workingset **set, struct uffd_region *region,
				       const struct uffd_workingset_opts *opts);

/*
 * Ends the recording; also done by the region's end and by uffd_workingset_close(). 0, also where
 * it has ended; -EINVAL; -ECHILD. Any thread. Since 0.1.
 */
LIBUFFD_API int uffd_workingset_stop(struct uffd_workingset *set);

/* Put the pages' content in the file too, in the order of replay. */
#define LIBUFFD_WORKINGSET_PACK (UINT32_C(1) << 0)

/*
 * Writes the set to a file: a new one beside path, then renamed over it, so that path is either the
 * old file or the whole new one. Only its owner may read it. PACK reads the content from the
 * source, never from the memory, which the program may have changed. The recording must have been
 * stopped.
 *
 * 0; -EINVAL: NULL, an unknown flag; -EBUSY: still recording; PACK also: -ENOENT, the set was
 * loaded, and what its source fails with; -errno of open(2), write(2), fsync(2) and rename(2), such
 * as -ENOSPC; -ENAMETOOLONG; -EFBIG: more than 64 Mi entries; -ENOMEM, -ECHILD. Any thread. Since
 * 0.1.
 */
LIBUFFD_API int uffd_workingset_save(struct uffd_workingset *set, const char *path, uint32_t flags);

/*
 * Reads a set from a file. Every byte of it is checked before it is used; packed content when it is
 * read. region: what it is for, or NULL where it is only to be looked at.
 *
 * 0, and *set; -EINVAL: NULL, or not a regular file; -EBADMSG: damaged, truncated, or not a working
 * set; -EPROTONOSUPPORT: a version that this library does not know; -EXDEV: of a region of another
 * length or page size, of another offset in its source, or of another source (another length, or a
 * regular file that was modified since: other sources are told apart by their length alone);
 * -EOPNOTSUPP: the region has no source; -EFBIG: more than 64 Mi entries or runs; -errno of open(2)
 * and read(2); -ENOMEM; -ECHILD. Any thread. Since 0.1.
 */
LIBUFFD_API int uffd_workingset_load(struct uffd_workingset **set, const char *path,
				     const struct uffd_region *region);

/*
 * What it is. 0; -EINVAL: NULL, a size that is none; -E2BIG; -ENOMEM; -ECHILD. Any thread; while
 * recording it is a picture of the moment. Since 0.1.
 */
LIBUFFD_API int uffd_workingset_info(const struct uffd_workingset *set,
				     struct uffd_workingset_info *info);

/*
 * Copies up to count entries from the first-th on, in the order in which they were asked for. How
 * many, 0 behind the last; -EINVAL: NULL; -ECHILD. Any thread. Since 0.1.
 */
LIBUFFD_API int64_t uffd_workingset_entries(const struct uffd_workingset *set, uint64_t first,
					    struct uffd_workingset_entry *entries, uint64_t count);

/* Ends its recording and gives the handle up; NULL is allowed. Any thread. Since 0.1. */
LIBUFFD_API void uffd_workingset_close(struct uffd_workingset *set);

#ifdef __cplusplus
}
#endif
#endif
