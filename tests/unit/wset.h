/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Files of working sets, made well and then made wrong. Where a field is, is said here once more
 * and not taken from the library: so that a file of today can be read tomorrow.
 */
#ifndef WSET_H
#define WSET_H

#include "test.h"

#include "pager/wsetfile.h"
#include "util/crc32c.h"

#define PAGE UINT64_C(4096)

enum {
	AT_MAGIC = 0,
	AT_VERSION = 8,
	AT_HEADER_BYTES = 12,
	AT_FLAGS = 16,
	AT_PAGE_SIZE = 24,
	AT_REGION_LENGTH = 32,
	AT_SOURCE_OFFSET = 40,
	AT_SOURCE_LENGTH = 48,
	AT_SOURCE_ID = 56,
	AT_LOST = 72,
	AT_ENTRY_COUNT = 80,
	AT_ENTRIES_AT = 88,
	AT_RUN_COUNT = 96,
	AT_RUNS_AT = 104,
	AT_SUM_COUNT = 112,
	AT_SUMS_AT = 120,
	AT_PACK_AT = 128,
	AT_PACK_BYTES = 136,
	AT_FILE_LENGTH = 144,
	AT_TABLES_SUM = 152,
	AT_HEADER_SUM = 156,
	WSET_HEADER = 160,
	WSET_ENTRY = 48,
	WSET_RUN = 32,
	WSET_SUM = 4,
};
/* Within an entry and a run. */
enum {
	AT_OFFSET = 0,
	AT_LENGTH = 8,
	AT_FAULT_OFFSET = 16,
	AT_TIME = 24,
	AT_LATENCY = 32,
	AT_ENTRY_KIND = 40,
	AT_ENTRY_FLAGS = 44,
	AT_PACKED_AT = 16,
	AT_RUN_FLAGS = 24,
	AT_RUN_RESERVED = 28,
};

#define ENTRIES 3
#define RUNS    4

/*
 * A working set of a region of 64 pages: 20 pages of content in two blocks, and two runs of zeros.
 */
struct wset {
	struct wset_file f;
	struct uffd_workingset_entry entries[ENTRIES];
	struct wset_run runs[RUNS];
	uint32_t sums[2];
	uint8_t content[20 * 4096];
};

static inline void wset_fill(struct wset *w)
{
	*w = (struct wset){
		.f = {.page_size = PAGE,
		      .region_length = 64 * PAGE,
		      .source_offset = 12345,
		      .source_length = 12345 + 63 * PAGE + 1,
		      .source_id = "which is this?!",
		      .lost = 7,
		      .entries = w->entries,
		      .entry_count = ENTRIES,
		      .runs = w->runs,
		      .run_count = RUNS,
		      .sums = w->sums,
		      .pack_bytes = sizeof(w->content)},
		.entries = {{40 * PAGE, 16 * PAGE, 47 * PAGE, 1000, 55, LIBUFFD_FAULT_MISSING,
			     LIBUFFD_EXTENT_WRITE},
			    {63 * PAGE, PAGE, 63 * PAGE, 900, 0, LIBUFFD_PREFETCH, 0},
			    {0, 8 * PAGE, 0, UINT64_MAX, UINT64_MAX, LIBUFFD_DEMAND, 0}},
		.runs = {{40 * PAGE, 16 * PAGE, 0, 0, 0},
			 {63 * PAGE, PAGE, 16 * PAGE, WSET_RUN_ZERO, 0},
			 {0, 4 * PAGE, 16 * PAGE, 0, 0},
			 {4 * PAGE, 4 * PAGE, 20 * PAGE, WSET_RUN_ZERO, 0}},
	};
	for (size_t i = 0; i < sizeof(w->content); i++)
		w->content[i] = (uint8_t)(i * 7 + i / 4096);
	wset_file_layout(&w->f);
	ck_assert_uint_eq(w->f.sum_count, 2);
	w->sums[0] = crc32c(0, w->content, WSET_BLOCK);
	w->sums[1] = crc32c(0, w->content + WSET_BLOCK, sizeof(w->content) - WSET_BLOCK);
}

static inline int wset_memfd(void)
{
	int fd = memfd_create("uffd-test", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* As wset_fill(), with only its entries. */
static inline void wset_fill_entries(struct wset *w)
{
	wset_fill(w);
	w->f.run_count = 0;
	w->f.pack_bytes = 0;
	wset_file_layout(&w->f);
}

/* Writes all of it, the content first, as whoever saves a set does. */
static inline void wset_write(int fd, const struct wset *w)
{
	if (w->f.pack_at)
		ck_assert_int_eq(pwrite(fd, w->content, sizeof(w->content), (off_t)w->f.pack_at),
				 sizeof(w->content));
	ck_assert_int_eq(wset_file_write(fd, &w->f), 0);
}

static inline uint64_t wset_get(int fd, uint64_t at, size_t bytes)
{
	uint8_t raw[8];
	uint64_t value = 0;

	ck_assert_int_eq(pread(fd, raw, bytes, (off_t)at), bytes);
	for (size_t i = bytes; i--;)
		value = value << 8 | raw[i];
	return value;
}

static inline void wset_put(int fd, uint64_t at, size_t bytes, uint64_t value)
{
	uint8_t raw[8];

	for (size_t i = 0; i < bytes; i++)
		raw[i] = (uint8_t)(value >> 8 * i);
	ck_assert_int_eq(pwrite(fd, raw, bytes, (off_t)at), bytes);
}

static inline uint32_t wset_sum_file(int fd, uint64_t from, uint64_t to)
{
	uint8_t raw[4096];
	uint32_t sum = 0;

	for (size_t n; from < to; from += n) {
		n = to - from < sizeof(raw) ? (size_t)(to - from) : sizeof(raw);
		ck_assert_int_eq(pread(fd, raw, n, (off_t)from), n);
		sum = crc32c(sum, raw, n);
	}
	return sum;
}

/* Makes both checksums right, so that it is not they that refuse it. tables_end: as laid out. */
static inline void wset_sign(int fd, uint64_t tables_end)
{
	wset_put(fd, AT_TABLES_SUM, 4, wset_sum_file(fd, WSET_HEADER, tables_end));
	wset_put(fd, AT_HEADER_SUM, 4, wset_sum_file(fd, 0, AT_HEADER_SUM));
}

static inline uint64_t wset_tables_end(const struct wset_file *f)
{
	return f->pack_at ? f->pack_at
			  : WSET_HEADER + f->entry_count * WSET_ENTRY + f->run_count * WSET_RUN;
}

/* Reading says expected, and leaves nothing behind. */
static inline void wset_refused(int fd, int expected, const char *what)
{
	struct wset_file f, none;
	int ret;

	memset(&f, 0xee, sizeof(f));
	memset(&none, 0, sizeof(none));
	ret = wset_file_read(fd, &f);
	ck_assert_msg(ret == expected, "%s: %s, expected %s", what, strerror(-ret),
		      strerror(-expected));
	ck_assert_mem_eq(&f, &none, sizeof(f));
}

static inline void wset_same(const struct wset_file *a, const struct wset_file *b)
{
	ck_assert_uint_eq(a->page_size, b->page_size);
	ck_assert_uint_eq(a->region_length, b->region_length);
	ck_assert_uint_eq(a->source_offset, b->source_offset);
	ck_assert_uint_eq(a->source_length, b->source_length);
	ck_assert_mem_eq(a->source_id, b->source_id, sizeof(a->source_id));
	ck_assert_uint_eq(a->lost, b->lost);
	ck_assert_uint_eq(a->pack_at, b->pack_at);
	ck_assert_uint_eq(a->pack_bytes, b->pack_bytes);
	ck_assert_uint_eq(a->entry_count, b->entry_count);
	ck_assert_uint_eq(a->run_count, b->run_count);
	ck_assert_uint_eq(a->sum_count, b->sum_count);
	if (a->entry_count)
		ck_assert_mem_eq(a->entries, b->entries, a->entry_count * sizeof(*a->entries));
	if (a->run_count)
		ck_assert_mem_eq(a->runs, b->runs, a->run_count * sizeof(*a->runs));
	if (a->sum_count)
		ck_assert_mem_eq(a->sums, b->sums, a->sum_count * sizeof(*a->sums));
}

#endif
