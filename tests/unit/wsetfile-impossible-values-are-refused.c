/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A file whose checksums are right and which says what cannot be is refused all the same. */
#include "wset.h"

#define HALF (UINT64_C(1) << 63)

static const struct wset *well;
static int fd;

/* One field of a good file, and what it is to be instead. */
static void refuse(uint64_t at, size_t bytes, uint64_t value, int expected)
{
	uint64_t was = wset_get(fd, at, bytes);
	char what[96];

	snprintf(what, sizeof(what), "at %llu: 0x%llx", (unsigned long long)at,
		 (unsigned long long)value);
	ck_assert_msg(was != value, "%s: that is what it is", what);
	wset_put(fd, at, bytes, value);
	wset_sign(fd, wset_tables_end(&well->f));
	wset_refused(fd, expected, what);
	wset_put(fd, at, bytes, was);
}

static void impossible_region(void)
{
	static const uint64_t page_sizes[] = {
		0, 1, 512, 2048, 4095, 4097, 12288, 8192 * 3, UINT64_C(1) << 31, HALF, UINT64_MAX};
	static const uint64_t lengths[] = {0,
					   1,
					   PAGE - 1,
					   64 * PAGE + 1,
					   (UINT64_C(1) << 62) + PAGE,
					   HALF,
					   UINT64_MAX,
					   UINT64_MAX - PAGE + 1,
					   65 * PAGE /* beyond the source */,
					   63 * PAGE /* an entry is beyond it */};

	for (size_t i = 0; i < sizeof(page_sizes) / sizeof(page_sizes[0]); i++)
		refuse(AT_PAGE_SIZE, 8, page_sizes[i], -EBADMSG);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		refuse(AT_REGION_LENGTH, 8, lengths[i], -EBADMSG);
	/* The source ends in the region's last page at the earliest. */
	refuse(AT_SOURCE_LENGTH, 8, 0, -EBADMSG);
	refuse(AT_SOURCE_LENGTH, 8, 12345, -EBADMSG);
	refuse(AT_SOURCE_LENGTH, 8, 12345 + 63 * PAGE, -EBADMSG);
	refuse(AT_SOURCE_OFFSET, 8, 12346, -EBADMSG);
	refuse(AT_SOURCE_OFFSET, 8, HALF, -EBADMSG);
	refuse(AT_SOURCE_OFFSET, 8, UINT64_MAX, -EBADMSG);
}

/* Nothing but a region and a source, with nothing else in the file that could tell. */
static void region_alone(uint64_t page_size, uint64_t length, uint64_t source_length, int expected)
{
	static struct wset alone;
	struct wset_file f;
	char what[96];
	int one = wset_memfd();

	wset_fill_entries(&alone);
	alone.f.entry_count = 0;
	wset_write(one, &alone);
	wset_put(one, AT_PAGE_SIZE, 8, page_size);
	wset_put(one, AT_REGION_LENGTH, 8, length);
	wset_put(one, AT_SOURCE_OFFSET, 8, 0);
	wset_put(one, AT_SOURCE_LENGTH, 8, source_length);
	wset_sign(one, wset_tables_end(&alone.f));
	snprintf(what, sizeof(what), "pages of 0x%llx, length 0x%llx, source 0x%llx",
		 (unsigned long long)page_size, (unsigned long long)length,
		 (unsigned long long)source_length);
	if (expected) {
		wset_refused(one, expected, what);
	} else {
		ck_assert_msg(wset_file_read(one, &f) == 0, "%s", what);
		wset_file_free(&f);
	}
	close(one);
}

static void impossible_region_alone(void)
{
	const uint64_t big = UINT64_C(1) << 40, most = UINT64_C(1) << 62;

	region_alone(4096, big, UINT64_MAX, 0);
	region_alone(UINT64_C(1) << 30, big, UINT64_MAX, 0);
	region_alone(2048, big, UINT64_MAX, -EBADMSG);
	region_alone(1, big, UINT64_MAX, -EBADMSG);
	region_alone(0, big, UINT64_MAX, -EBADMSG);
	region_alone(UINT64_C(1) << 31, big, UINT64_MAX, -EBADMSG);
	region_alone(12288, big, UINT64_MAX, -EBADMSG);
	region_alone(8192, 8192 + 4096, UINT64_MAX, -EBADMSG);
	region_alone(4096, 0, UINT64_MAX, -EBADMSG);
	region_alone(4096, most, UINT64_MAX, 0);
	region_alone(4096, most + 4096, UINT64_MAX, -EBADMSG);
	region_alone(4096, UINT64_MAX - 4095, UINT64_MAX, -EBADMSG);
	region_alone(4096, 8192, 4097, 0);
	region_alone(4096, 8192, 4096, -EBADMSG);
	region_alone(4096, 4096, 1, 0);
	region_alone(4096, 4096, 0, -EBADMSG);
}

static void impossible_layout(void)
{
	static const unsigned int places[] = {AT_ENTRIES_AT, AT_RUNS_AT, AT_SUMS_AT, AT_PACK_AT,
					      AT_FILE_LENGTH};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		uint64_t is = wset_get(fd, places[i], 8);

		refuse(places[i], 8, is + 1, -EBADMSG);
		refuse(places[i], 8, is - 1, -EBADMSG);
		refuse(places[i], 8, is + PAGE, -EBADMSG);
		refuse(places[i], 8, is ^ HALF, -EBADMSG);
		refuse(places[i], 8, UINT64_MAX, -EBADMSG);
		refuse(places[i], 8, 0, -EBADMSG);
	}
	refuse(AT_PACK_BYTES, 8, 0, -EBADMSG);
	refuse(AT_PACK_BYTES, 8, 19 * PAGE, -EBADMSG);
	refuse(AT_PACK_BYTES, 8, 20 * PAGE + 1, -EBADMSG);
	refuse(AT_PACK_BYTES, 8, 21 * PAGE, -EBADMSG);
	refuse(AT_PACK_BYTES, 8, 65 * PAGE, -EBADMSG);
	refuse(AT_PACK_BYTES, 8, HALF, -EBADMSG);
	refuse(AT_PACK_BYTES, 8, UINT64_MAX - PAGE + 1, -EBADMSG);
	for (uint64_t bytes = 0; bytes < 160; bytes++)
		refuse(AT_HEADER_BYTES, 4, bytes, -EBADMSG);
	refuse(AT_HEADER_BYTES, 4, UINT32_MAX, -EBADMSG);
	refuse(AT_MAGIC, 1, 'u', -EBADMSG);
	refuse(AT_MAGIC + 7, 1, 'U', -EBADMSG);
}

/* Of an entry or a run of length bytes at, of length pages behind offset. */
static void impossible_extent(uint64_t at)
{
	static const uint64_t offsets[] = {
		1,         PAGE - 1, 64 * PAGE, 65 * PAGE, HALF, HALF + PAGE, UINT64_MAX - PAGE + 1,
		UINT64_MAX};
	static const uint64_t lengths[] = {
		0, 1, PAGE + 1, 65 * PAGE, HALF, UINT64_MAX, UINT64_MAX - PAGE + 1, HALF + PAGE};
	uint64_t offset = wset_get(fd, at + AT_OFFSET, 8);

	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++)
		refuse(at + AT_OFFSET, 8, offsets[i], -EBADMSG);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		refuse(at + AT_LENGTH, 8, lengths[i], -EBADMSG);
	/* One page beyond the region; an end that wraps to where it may be. */
	refuse(at + AT_LENGTH, 8, 65 * PAGE - offset, -EBADMSG);
	if (offset) {
		refuse(at + AT_LENGTH, 8, UINT64_C(0) - offset, -EBADMSG);
		refuse(at + AT_LENGTH, 8, UINT64_C(0) - offset + PAGE, -EBADMSG);
	}
}

static void impossible_entries(void)
{
	for (uint64_t i = 0; i < ENTRIES; i++) {
		uint64_t at = WSET_HEADER + i * WSET_ENTRY;
		uint64_t offset = well->entries[i].offset, length = well->entries[i].length;

		impossible_extent(at);
		refuse(at + AT_FAULT_OFFSET, 8, offset + length, -EBADMSG);
		refuse(at + AT_FAULT_OFFSET, 8, offset - PAGE, -EBADMSG);
		refuse(at + AT_FAULT_OFFSET, 8, offset + 1, -EBADMSG);
		refuse(at + AT_FAULT_OFFSET, 8, offset + HALF, -EBADMSG);
		refuse(at + AT_FAULT_OFFSET, 8, UINT64_MAX, -EBADMSG);
		refuse(at + AT_ENTRY_KIND, 4, 0, -EBADMSG);
		refuse(at + AT_ENTRY_KIND, 4, LIBUFFD_PREFETCH + 1, -EBADMSG);
		refuse(at + AT_ENTRY_KIND, 4, UINT32_MAX, -EBADMSG);
		for (unsigned int bit = 1; bit < 32; bit++)
			refuse(at + AT_ENTRY_FLAGS, 4, UINT64_C(1) << bit, -EBADMSG);
	}
}

static void impossible_runs(void)
{
	for (uint64_t i = 0; i < RUNS; i++) {
		uint64_t at = WSET_HEADER + ENTRIES * WSET_ENTRY + i * WSET_RUN;
		uint64_t packed_at = well->runs[i].packed_at;

		impossible_extent(at);
		refuse(at + AT_PACKED_AT, 8, packed_at + 1, -EBADMSG);
		refuse(at + AT_PACKED_AT, 8, packed_at + PAGE, -EBADMSG);
		refuse(at + AT_PACKED_AT, 8, packed_at - PAGE, -EBADMSG);
		refuse(at + AT_PACKED_AT, 8, packed_at + HALF, -EBADMSG);
		/* Content is zeros, zeros are content: the others no longer fit. */
		refuse(at + AT_RUN_FLAGS, 4, well->runs[i].flags ^ WSET_RUN_ZERO, -EBADMSG);
		for (unsigned int bit = 1; bit < 32; bit++) {
			refuse(at + AT_RUN_FLAGS, 4, well->runs[i].flags | UINT64_C(1) << bit,
			       -EBADMSG);
			refuse(at + AT_RUN_RESERVED, 4, UINT64_C(1) << bit, -EBADMSG);
		}
		refuse(at + AT_RUN_RESERVED, 4, 1, -EBADMSG);
	}
	/* A longer run of zeros leaves everything else as it is, and shares a page with another. */
	refuse(WSET_HEADER + ENTRIES * WSET_ENTRY + 3 * WSET_RUN + AT_LENGTH, 8, 37 * PAGE,
	       -EBADMSG);
}

static void impossible(void)
{
	static struct wset w;
	struct wset_file f;

	wset_fill(&w);
	well = &w;
	fd = wset_memfd();
	wset_write(fd, &w);
	impossible_region();
	impossible_region_alone();
	impossible_layout();
	impossible_entries();
	impossible_runs();
	/* What is between the tables and the content is zeros. */
	refuse(4095, 1, 1, -EBADMSG);
	refuse(WSET_HEADER + ENTRIES * WSET_ENTRY + RUNS * WSET_RUN + 2 * WSET_SUM, 1, 0x80,
	       -EBADMSG);
	/* It was a good file all the time. */
	wset_sign(fd, wset_tables_end(&w.f));
	ck_assert_int_eq(wset_file_read(fd, &f), 0);
	wset_same(&f, &w.f);
	wset_file_free(&f);
	close(fd);
}
TEST_MAIN(impossible)
