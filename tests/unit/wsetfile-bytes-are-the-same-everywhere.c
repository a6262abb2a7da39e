/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Every byte of a file is where version 1 has it, whatever the host's order of bytes. */
#include "wset.h"

static uint8_t expected[65536 * 2];
static size_t length;

static void add(uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		expected[length++] = (uint8_t)(value >> 8 * i);
}

static void add_entries(const struct wset *w)
{
	for (unsigned int i = 0; i < ENTRIES; i++) {
		add(w->entries[i].offset, 8);
		add(w->entries[i].length, 8);
		add(w->entries[i].fault_offset, 8);
		add(w->entries[i].time_ns, 8);
		add(w->entries[i].latency_ns, 8);
		add(w->entries[i].kind, 4);
		add(w->entries[i].flags, 4);
	}
}

static void add_runs(const struct wset *w)
{
	for (unsigned int i = 0; i < RUNS; i++) {
		add(w->runs[i].offset, 8);
		add(w->runs[i].length, 8);
		add(w->runs[i].packed_at, 8);
		add(w->runs[i].flags, 4);
		add(0, 4);
	}
}

static void add_header(void)
{
	memcpy(expected, "UFFDWSET", 8);
	length = 8;
	add(1, 4);
	add(160, 4);
	add(0, 8);
	add(4096, 8);
	add(64 * 4096, 8);
	add(12345, 8);
	add(12345 + 63 * 4096 + 1, 8);
	memcpy(expected + length, "which is this?!", 16);
	length += 16;
	add(7, 8);
	add(3, 8);
	add(160, 8);
	add(4, 8);
	add(160 + 3 * 48, 8);
	add(2, 8);
	add(160 + 3 * 48 + 4 * 32, 8);
	add(4096, 8);
	add(20 * 4096, 8);
	add(21 * 4096, 8);
	/* Numbers from elsewhere, should everything here be wrong in the same way. */
	add(0x98d4263e, 4);
	add(0xbc34a75b, 4);
}

static void bytes_are_the_same(void)
{
	static uint8_t got[sizeof(expected)];
	static struct wset w;
	int fd = wset_memfd();

	wset_fill(&w);
	wset_write(fd, &w);
	add_header();
	add_entries(&w);
	add_runs(&w);
	add(0x1387d388, 4);
	add(0x489e1192, 4);
	memcpy(expected + 4096, w.content, sizeof(w.content));
	ck_assert_int_eq(pread(fd, got, sizeof(got), 0), 21 * 4096);
	for (size_t i = 0; i < sizeof(got); i++) {
		if (got[i] != expected[i])
			ck_abort_msg("byte %zu is 0x%02x, expected 0x%02x", i, got[i], expected[i]);
	}
	close(fd);
}
TEST_MAIN(bytes_are_the_same)
