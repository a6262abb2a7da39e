/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the fuzz target of a working set's file.
 * Must never: take the library's word for what a file may say.
 *
 * An input is a level and a file. With each level more of the file is made right, so that what
 * refuses it, or takes it, lies deeper: as it is; signed; laid out too; of a possible region; with
 * extents in it. The last level is a set that is written before it is read. Then a byte of it may
 * be changed, and signed with the rest.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pager/wsetfile.h"
#include "util/crc32c.h"

#define HEADER       160u
#define ENTRY        48u
#define RUN          32u
#define INPUT_MOST   65536u
#define COUNT_MOST   128u
#define CONTENT_MOST (UINT64_C(1) << 24)
/* All that the tables of a file that is laid out take, and its padding. */
#define FILE_MOST (INPUT_MOST + HEADER + COUNT_MOST * (ENTRY + RUN) + 4096 + 4096)

enum level { AS_IT_IS, SIGNED, LAID_OUT, OF_A_REGION, WITH_EXTENTS, WRITTEN, LEVELS };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t file[FILE_MOST], again[FILE_MOST];

#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition))                                                                  \
			__builtin_trap();                                                          \
	} while (0)

static uint64_t get(const uint8_t *at, unsigned int bytes)
{
	uint64_t value = 0;

	while (bytes--)
		value = value << 8 | at[bytes];
	return value;
}

static void put(uint8_t *at, unsigned int bytes, uint64_t value)
{
	for (unsigned int i = 0; i < bytes; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

/* Up to where the file's tables go, by its own word. */
static uint64_t tables_end(uint64_t length)
{
	uint64_t pack_at = get(file + 128, 8), end = length < FILE_MOST ? length : FILE_MOST;

	return pack_at >= HEADER && pack_at < end ? pack_at : end;
}

static void sign(uint64_t length)
{
	if (length < HEADER)
		return;
	put(file + 152, 4, crc32c(0, file + HEADER, (size_t)(tables_end(length) - HEADER)));
	put(file + 156, 4, crc32c(0, file, 156));
}

/* One byte of what was made right is not, as the input's end says. */
static void disturb(const uint8_t *data, size_t size, uint64_t length)
{
	uint64_t end = tables_end(length);

	if (size > 4 && end)
		file[get(data + size - 4, 2) % end] ^= data[size - 1];
}

/* The extent at at, made one of pages [first, first + pages). */
static void place(uint8_t *at, uint64_t page, uint64_t first, uint64_t pages)
{
	uint64_t behind = get(at, 8) % pages, count = 1 + get(at + 8, 8) % (pages - behind);

	put(at, 8, (first + behind) * page);
	put(at + 8, 8, count * page);
}

static void place_extents(uint64_t entries, uint64_t runs, uint64_t page, uint64_t pages)
{
	uint8_t *at = file + HEADER;
	uint64_t packed = 0;

	for (uint64_t i = 0; i < entries; i++, at += ENTRY) {
		place(at, page, 0, pages);
		put(at + 16, 8, get(at, 8) + get(at + 16, 8) % (get(at + 8, 8) / page) * page);
		put(at + 40, 4, 1 + get(at + 40, 4) % 4);
		put(at + 44, 4, get(at + 44, 4) & 1);
	}
	for (uint64_t i = 0; i < runs; i++, at += RUN) {
		uint32_t flags = (uint32_t)get(at + 24, 4) & 1;
		/* In any order, most of them in places of their own. */
		uint64_t slot = (i * 37 + 11) % runs;

		if (get(at + 28, 4) % 256 == 255 || pages < runs || runs % 37 == 0)
			place(at, page, 0, pages);
		else
			place(at, page, slot * (pages / runs), pages / runs);
		put(at + 16, 8, packed);
		put(at + 24, 4, flags);
		put(at + 28, 4, 0);
		packed += flags ? 0 : get(at + 8, 8);
	}
	put(file + 136, 8, packed);
}

/* Makes region and source such as there may be. */
static void make_region(uint64_t *page, uint64_t *pages)
{
	*page = UINT64_C(1) << (12 + get(file + 24, 8) % 19);
	*pages = 1 + get(file + 32, 8) % 1024;
	put(file + 24, 8, *page);
	put(file + 32, 8, *page * *pages);
	put(file + 40, 8, get(file + 40, 8) >> 1);
	put(file + 48, 8, get(file + 40, 8) + *page * *pages);
}

/* Makes counts, offsets and lengths right. Returns the file's length, packed content and all. */
static uint64_t lay_out(enum level level)
{
	uint64_t entries = get(file + 80, 8) % COUNT_MOST, runs = get(file + 96, 8) % COUNT_MOST;
	uint64_t page, pages, bytes, sums, end;

	memcpy(file, "UFFDWSET", 8);
	put(file + 8, 4, 1);
	put(file + 12, 4, HEADER);
	put(file + 16, 8, 0);
	put(file + 136, 8, get(file + 136, 8) % CONTENT_MOST & ~UINT64_C(4095));
	if (level >= OF_A_REGION)
		make_region(&page, &pages);
	if (level >= WITH_EXTENTS)
		place_extents(entries, runs, page, pages);
	bytes = get(file + 136, 8);
	sums = bytes / 65536 + (bytes % 65536 != 0);
	if (sums > INPUT_MOST / 4)
		return 0;
	put(file + 80, 8, entries);
	put(file + 88, 8, HEADER);
	put(file + 96, 8, runs);
	put(file + 104, 8, HEADER + entries * ENTRY);
	put(file + 112, 8, sums);
	put(file + 120, 8, HEADER + entries * ENTRY + runs * RUN);
	end = HEADER + entries * ENTRY + runs * RUN + sums * 4;
	if (bytes) {
		uint64_t pack_at = (end + 4095) / 4096 * 4096;

		if (level >= OF_A_REGION)
			memset(file + end, 0, (size_t)(pack_at - end));
		end = pack_at;
	}
	put(file + 128, 8, bytes ? end : 0);
	put(file + 144, 8, end + bytes);
	return end + bytes;
}

static void must_lie_within(const struct wset_file *f, uint64_t offset, uint64_t length)
{
	MUST(length > 0 && offset % f->page_size == 0 && length % f->page_size == 0);
	MUST((unsigned __int128)offset + length <= f->region_length);
}

static void must_be_apart(const struct wset_file *f)
{
	for (uint64_t i = 0; i < f->run_count; i++) {
		const struct wset_run *a = &f->runs[i];

		for (uint64_t j = 0; j < i; j++) {
			const struct wset_run *b = &f->runs[j];

			MUST(a->offset + a->length <= b->offset ||
			     b->offset + b->length <= a->offset);
		}
	}
}

static void must_be_possible(const struct wset_file *f)
{
	unsigned __int128 packed = 0;

	MUST(f->page_size >= 4096 && f->page_size <= UINT64_C(1) << 30);
	MUST(__builtin_popcountll(f->page_size) == 1);
	MUST(f->region_length && f->region_length % f->page_size == 0);
	MUST(f->region_length <= UINT64_C(1) << 62);
	MUST((unsigned __int128)f->source_offset + f->region_length <
	     (unsigned __int128)f->source_length + f->page_size);
	MUST(f->source_offset < f->source_length);
	for (uint64_t i = 0; i < f->entry_count; i++) {
		const struct uffd_workingset_entry *e = &f->entries[i];

		must_lie_within(f, e->offset, e->length);
		MUST(e->fault_offset >= e->offset && e->fault_offset < e->offset + e->length);
		MUST(e->fault_offset % f->page_size == 0);
		MUST(e->kind >= 1 && e->kind <= 4 && e->flags <= 1);
	}
	for (uint64_t i = 0; i < f->run_count; i++) {
		const struct wset_run *r = &f->runs[i];

		must_lie_within(f, r->offset, r->length);
		MUST(r->flags <= 1 && r->reserved == 0 && r->packed_at == packed);
		packed += r->flags ? 0 : r->length;
	}
	MUST(packed == f->pack_bytes);
	MUST(f->sum_count == f->pack_bytes / 65536 + (f->pack_bytes % 65536 != 0));
	must_be_apart(f);
}

/* What was taken would be written as it is, and its blocks are asked for what they may be. */
static void must_come_back(int fd, const struct wset_file *f)
{
	uint64_t end = HEADER + f->entry_count * ENTRY + f->run_count * RUN + f->sum_count * 4;
	static uint8_t zeros[WSET_BLOCK];
	static uint32_t zeros_sum;
	bool ok;

	if (!zeros_sum)
		zeros_sum = crc32c_table(0, zeros, sizeof(zeros));
	if (f->pack_at)
		end = f->pack_at;
	MUST(end <= sizeof(file) && pread(fd, file, (size_t)end, 0) == (ssize_t)end);
	MUST(ftruncate(fd, 0) == 0);
	MUST(wset_file_write(fd, f) == 0);
	MUST(pread(fd, again, sizeof(again), 0) == (ssize_t)end);
	MUST(memcmp(file, again, (size_t)end) == 0);
	/* All of them would take long. */
	for (uint64_t i = 0; i <= f->sum_count; i += i < 2 || i + 2 >= f->sum_count ? 1 : 1000) {
		uint64_t left = f->pack_bytes - i * WSET_BLOCK;

		ok = i < f->sum_count && left >= WSET_BLOCK && f->sums[i] == zeros_sum;
		MUST(wset_file_block_ok(f, i, zeros, WSET_BLOCK) == ok);
	}
}

static void must_be_refused_or_right(int fd)
{
	static const struct wset_file none;
	struct wset_file f;
	int ret = wset_file_read(fd, &f);

	if (ret < 0) {
		MUST(ret == -EBADMSG || ret == -EPROTONOSUPPORT || ret == -EFBIG);
		MUST(memcmp(&f, &none, sizeof(f)) == 0);
		return;
	}
	must_be_possible(&f);
	must_come_back(fd, &f);
	wset_file_free(&f);
}

/* A set of what is in the file's tables, whatever it is: it is written only if it can be read. */
static void write_and_read(int fd)
{
	static struct uffd_workingset_entry entries[COUNT_MOST];
	static struct wset_run runs[COUNT_MOST];
	struct wset_file f = {.page_size = get(file + 24, 8),
			      .region_length = get(file + 32, 8),
			      .source_offset = get(file + 40, 8),
			      .source_length = get(file + 48, 8),
			      .lost = get(file + 72, 8),
			      .entries = entries,
			      .entry_count = get(file + 80, 8) % COUNT_MOST,
			      .runs = runs,
			      .run_count = get(file + 96, 8) % COUNT_MOST,
			      .pack_bytes = get(file + 136, 8)};
	const uint8_t *at = file + HEADER;
	struct wset_file got;
	int ret;

	for (uint64_t i = 0; i < f.entry_count; i++, at += ENTRY)
		entries[i] = (struct uffd_workingset_entry){get(at, 8),
							    get(at + 8, 8),
							    get(at + 16, 8),
							    get(at + 24, 8),
							    get(at + 32, 8),
							    (uint32_t)get(at + 40, 4),
							    (uint32_t)get(at + 44, 4)};
	for (uint64_t i = 0; i < f.run_count; i++, at += RUN)
		runs[i] = (struct wset_run){get(at, 8), get(at + 8, 8), get(at + 16, 8),
					    (uint32_t)get(at + 24, 4), (uint32_t)get(at + 28, 4)};
	wset_file_layout(&f);
	if (f.sum_count < INPUT_MOST)
		f.sums = calloc((size_t)f.sum_count + 1, sizeof(*f.sums));
	MUST(ftruncate(fd, 0) == 0);
	ret = wset_file_write(fd, &f);
	MUST(ret == 0 || ret == -EINVAL || ret == -EFBIG);
	if (ret == 0) {
		must_be_possible(&f);
		if (f.pack_at)
			MUST(ftruncate(fd, (off_t)(f.pack_at + f.pack_bytes)) == 0);
		MUST(wset_file_read(fd, &got) == 0);
		must_be_possible(&got);
		MUST(got.entry_count == f.entry_count && got.run_count == f.run_count);
		MUST(!got.entry_count ||
		     !memcmp(got.entries, entries, (size_t)got.entry_count * sizeof(*entries)));
		MUST(!got.run_count ||
		     !memcmp(got.runs, runs, (size_t)got.run_count * sizeof(*runs)));
		wset_file_free(&got);
	}
	free(f.sums);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	enum level level;
	uint64_t length;

	if (fd < 0)
		fd = memfd_create("wset", MFD_CLOEXEC);
	if (fd < 0 || size == 0 || size > INPUT_MOST)
		return 0;
	level = (data[0] & 0x3f) % LEVELS;
	length = size - 1;
	memset(file, 0, sizeof(file));
	memcpy(file, data + 1, size - 1);
	if (level == WRITTEN) {
		/* Half of them with something possible in it. */
		if (data[0] & 0x80)
			length = lay_out(WITH_EXTENTS);
		if (data[0] & 0x40)
			disturb(data, size, length);
		write_and_read(fd);
		return 0;
	}
	if (level >= LAID_OUT)
		length = lay_out(level);
	if (data[0] & 0x40)
		disturb(data, size, length);
	if (level >= SIGNED)
		sign(length);
	/* Packed content is a hole: nobody looks at it here. */
	MUST(ftruncate(fd, 0) == 0);
	size = length < sizeof(file) ? (size_t)length : sizeof(file);
	MUST(pwrite(fd, file, size, 0) == (ssize_t)size);
	MUST(ftruncate(fd, (off_t)length) == 0);
	must_be_refused_or_right(fd);
	return 0;
}
