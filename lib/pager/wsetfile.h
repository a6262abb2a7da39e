/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the file of a working set: its bytes, and what may be believed of them.
 * Must never: trust a file, know a region or a source, or touch the packed content.
 *
 * Numbers are little-endian; every table lies directly behind the one before it.
 *
 *	   0  "UFFDWSET"
 *	   8  u32  version: 1
 *	  12  u32  bytes of this header: 160
 *	  16  u64  flags: none is known
 *	  24  u64  page size, bytes
 *	  32  u64  length of the region, bytes
 *	  40  u64  where the region begins in the source, bytes
 *	  48  u64  length of the source, bytes
 *	  56  u8   which source[16]
 *	  72  u64  extents that were lost
 *	  80  u64  number of entries; 88  u64  where they begin in the file
 *	  96  u64  number of runs; 104  u64  where they begin
 *	 112  u64  number of checksums; 120  u64  where they begin
 *	 128  u64  where the packed content begins, a multiple of 4096; 0: there is none
 *	 136  u64  bytes of packed content
 *	 144  u64  bytes of the whole file
 *	 152  u32  CRC32C of what is between this header and the packed content, or the end
 *	 156  u32  CRC32C of this header up to here
 *
 *	entry, 48 bytes: u64 offset, length, fault_offset, time_ns, latency_ns; u32 kind, flags
 *	run, 32 bytes:   u64 offset, length, packed_at; u32 flags, 0
 *	checksum:        u32
 *	zeros up to the packed content
 *	the packed content
 *
 * Of every version the magic, the version, the header's size and the checksum in its last four
 * bytes are where they are in this one: a version that is not known is told from one that is
 * damaged.
 *
 * There is one way to write a set: what is read is what would be written, byte by byte.
 */
#ifndef PAGER_WSETFILE_H
#define PAGER_WSETFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uffd/workingset.h>

#define WSET_BLOCK 65536u               /* bytes of packed content that one checksum covers */
#define WSET_MOST  (UINT64_C(64) << 20) /* entries, runs, or checksums: no more of any of them */

#define WSET_RUN_ZERO 1u

/* What a replay of packed content brings, in its order. No page is in two of them. */
struct wset_run {
	uint64_t offset; /* bytes from the region's start */
	uint64_t length; /* bytes; page multiples, > 0 */
	/*
	 * Where its content begins, bytes from the start of the packed content: one run behind the
	 * other. A run of zeros has no content, and says that of the next.
	 */
	uint64_t packed_at;
	uint32_t flags; /* WSET_RUN_ZERO: the content is zeros and is not in the file */
	uint32_t reserved;
};

struct wset_file {
	uint64_t page_size;
	uint64_t region_length;
	uint64_t source_offset;
	uint64_t source_length;
	uint8_t source_id[16]; /* which source: opaque, compared by the caller */
	uint64_t lost;         /* extents not recorded */
	struct uffd_workingset_entry *entries;
	uint64_t entry_count;
	struct wset_run *runs; /* may all be of zeros, and then nothing is packed */
	uint64_t run_count;
	uint32_t *sums; /* of every WSET_BLOCK of packed content; the last may be shorter */
	uint64_t sum_count;
	uint64_t pack_at; /* where the packed content begins in the file; 0: there is none */
	uint64_t pack_bytes;
};

/* Fills pack_at and sum_count from the counts and pack_bytes: before content is written. */
void wset_file_layout(struct wset_file *f);

/*
 * Writes everything but the packed content to a new file, open without O_APPEND. The header comes
 * last: a file without it is none. Takes what wset_file_read() takes and nothing else.
 *
 * 0; -EINVAL: it says something impossible, or was not laid out; -EFBIG: more than WSET_MOST, or
 * as write(2); -ENOMEM; -errno of write(2).
 */
int wset_file_write(int fd, const struct wset_file *f);

/*
 * Reads and checks everything but the packed content, of which it only checks that it is there.
 * Leaves the file's offset alone. The tables are the caller's to free with wset_file_free(); on
 * failure *f is all zeros.
 *
 * 0; -EBADMSG: damaged, truncated, not a working set, or saying something impossible;
 * -EPROTONOSUPPORT: a version or a flag that is not known; -EFBIG: more than WSET_MOST; -EINVAL:
 * not a regular file; -ENOMEM; -errno of read(2).
 */
int wset_file_read(int fd, struct wset_file *f);

/* Frees the tables, which came from malloc(3), and forgets them. */
void wset_file_free(struct wset_file *f);

/* Whether data is what was written as the index-th block, all of it. Any data, any index. */
bool wset_file_block_ok(const struct wset_file *f, uint64_t index, const void *data, size_t length);

#endif
