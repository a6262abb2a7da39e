/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: how a working set is said in bytes: where its tables are in the file, its header, its
 * records. See wsetfile.h. Must never: ask whether what they say can be.
 */
#ifndef PAGER_WSETBYTES_H
#define PAGER_WSETBYTES_H

#include "pager/wsetfile.h"

#define WSET_HEADER_BYTES 160u
#define WSET_HEADER_MOST  4096u /* of any version */

struct wset_layout {
	uint64_t entries_at;
	uint64_t runs_at;
	uint64_t sums_at;
	uint64_t pack_at;
	uint64_t tables_end; /* up to here goes the tables' checksum */
	uint64_t file_length;
};

/* How many checksums so much packed content has. */
uint64_t wset_blocks(uint64_t bytes);

/* Cannot overflow where no count is above WSET_MOST and pack_bytes is within a region. */
struct wset_layout wset_lay_out(const struct wset_file *f);

/* at: WSET_HEADER_BYTES. */
void wset_encode_header(uint8_t *at, const struct wset_file *f, uint32_t tables_sum);

/*
 * What all versions have: whether at, of which there are bytes, is a whole header of this one. 0,
 * -EBADMSG, -EPROTONOSUPPORT.
 */
int wset_check_version(const uint8_t *at, size_t bytes);

/*
 * Of a header whose version is right: *f but for its tables, and where the file says that they are;
 * said knows no tables_end. 0, -EPROTONOSUPPORT.
 */
int wset_decode_header(const uint8_t *at, struct wset_file *f, struct wset_layout *said,
		       uint32_t *tables_sum);

struct wset_record {
	size_t bytes;
	void (*encode)(const struct wset_file *f, uint64_t i, uint8_t *at);
	void (*decode)(struct wset_file *f, uint64_t i, const uint8_t *at);
};

extern const struct wset_record wset_entry_record, wset_run_record, wset_sum_record;

#endif
