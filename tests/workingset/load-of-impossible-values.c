/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Files whose checksums are right and whose words are not: offsets behind the end and of 2^63,
 * lengths that wrap, runs that share a page, other versions. Each is refused before anything is
 * taken from it.
 */
#include "wsets.h"

#include "wset.h"

#define PAGES 64u

static struct counted c;
static struct place place;
static struct served s;
static uint64_t tables_end;

/* Puts a value somewhere, makes the sums right, and expects an error. */
static void refused(uint64_t at, size_t bytes, uint64_t value, int expected, const char *what)
{
	int fd = open(place.path, O_RDWR | O_CLOEXEC);
	uint64_t was;

	ck_assert_int_ge(fd, 0);
	was = wset_get(fd, at, bytes);
	wset_put(fd, at, bytes, value);
	wset_sign(fd, tables_end);
	load_refused(place.path, s.region, expected, what);
	load_refused(place.path, NULL, expected, what);
	wset_put(fd, at, bytes, was);
	wset_sign(fd, tables_end);
	close(fd);
}

static void entry_refused(uint64_t offset, uint64_t length, uint64_t fault, const char *what)
{
	int fd = open(place.path, O_RDWR | O_CLOEXEC);
	const uint64_t words[3] = {offset, length, fault};
	uint64_t was[3];

	for (unsigned int i = 0; i < 3; i++) {
		was[i] = wset_get(fd, WSET_HEADER + 8 * i, 8);
		wset_put(fd, WSET_HEADER + 8 * i, 8, words[i]);
	}
	wset_sign(fd, tables_end);
	load_refused(place.path, s.region, -EBADMSG, what);
	for (unsigned int i = 0; i < 3; i++)
		wset_put(fd, WSET_HEADER + 8 * i, 8, was[i]);
	wset_sign(fd, tables_end);
	close(fd);
}

static void bad_headers(void)
{
	refused(AT_VERSION, 4, 2, -EPROTONOSUPPORT, "version 2");
	refused(AT_VERSION, 4, 0, -EPROTONOSUPPORT, "version 0");
	refused(AT_VERSION, 4, UINT32_MAX, -EPROTONOSUPPORT, "the last version");
	refused(AT_FLAGS, 8, 1, -EPROTONOSUPPORT, "a flag");
	refused(AT_FLAGS, 8, UINT64_C(1) << 63, -EPROTONOSUPPORT, "the last flag");
	refused(AT_PAGE_SIZE, 8, 0, -EBADMSG, "no page size");
	refused(AT_PAGE_SIZE, 8, 5000, -EBADMSG, "an odd page size");
	refused(AT_PAGE_SIZE, 8, UINT64_C(1) << 63, -EBADMSG, "a page of 2^63");
	refused(AT_REGION_LENGTH, 8, 0, -EBADMSG, "an empty region");
	refused(AT_REGION_LENGTH, 8, UINT64_C(1) << 63, -EBADMSG, "a region of 2^63");
	refused(AT_REGION_LENGTH, 8, 4096, -EBADMSG, "a region too short");
	refused(AT_SOURCE_OFFSET, 8, UINT64_MAX, -EBADMSG, "the source's end before its beginning");
	refused(AT_ENTRY_COUNT, 8, UINT64_MAX, -EFBIG, "2^64 entries");
	refused(AT_ENTRY_COUNT, 8, UINT64_C(1) << 20, -EBADMSG, "entries that are not there");
	refused(AT_ENTRIES_AT, 8, 0, -EBADMSG, "entries in the header");
	refused(AT_RUN_COUNT, 8, UINT64_MAX / 32, -EFBIG, "2^59 runs");
	refused(AT_PACK_AT, 8, 0, -EBADMSG, "content at the beginning");
	refused(AT_PACK_BYTES, 8, UINT64_C(1) << 63, -EBADMSG, "2^63 bytes of content");
	refused(AT_FILE_LENGTH, 8, 0, -EBADMSG, "an empty file");
}

static void bad_tables(uint64_t runs_at)
{
	const uint64_t end = PAGES * 4096, half = UINT64_C(1) << 63;

	entry_refused(end, 4096, end, "an entry behind the end");
	entry_refused(end - 4096, 8192, end - 4096, "an entry over the end");
	entry_refused(half, 4096, half, "an entry at 2^63");
	entry_refused(half, half, half, "an entry that wraps");
	entry_refused(UINT64_MAX - 4095, 8192, UINT64_MAX - 4095, "an entry that wraps by a page");
	entry_refused(0, UINT64_MAX - 4095, 0, "an entry of all there is");
	entry_refused(100, 4096, 100, "an entry at an odd offset");
	entry_refused(0, 100, 0, "an entry of an odd length");
	entry_refused(0, 0, 0, "an entry of nothing");
	entry_refused(0, 4096, 4096, "a fault behind its entry");
	entry_refused(8192, 4096, 0, "a fault before its entry");
	refused(WSET_HEADER + AT_ENTRY_KIND, 4, 0, -EBADMSG, "an entry of no kind");
	refused(WSET_HEADER + AT_ENTRY_KIND, 4, 5, -EBADMSG, "an entry of a fifth kind");
	refused(WSET_HEADER + AT_ENTRY_FLAGS, 4, 2, -EBADMSG, "an entry with a flag");
	refused(runs_at + AT_OFFSET, 8, half, -EBADMSG, "a run at 2^63");
	refused(runs_at + AT_OFFSET, 8, end, -EBADMSG, "a run behind the end");
	refused(runs_at + AT_LENGTH, 8, half, -EBADMSG, "a run of 2^63");
	refused(runs_at + AT_LENGTH, 8, 0, -EBADMSG, "a run of nothing");
	refused(runs_at + AT_PACKED_AT, 8, half, -EBADMSG, "a run's content at 2^63");
	refused(runs_at + AT_RUN_FLAGS, 4, 2, -EBADMSG, "a run with a flag");
	refused(runs_at + AT_RUN_FLAGS, 4, WSET_RUN_ZERO, -EBADMSG, "content of zeros");
	refused(runs_at + WSET_RUN + AT_OFFSET, 8, 2 * 4096, -EBADMSG, "two runs of a page");
}

static void load_of_impossible_values(void)
{
	struct uffd_workingset *set;
	int fd;

	place_make(&place);
	serve_from(&s, counted_open(&c, PAGES * UINT64_C(4096)), LIBUFFD_BACKING_ANON, PAGES, 0,
		   LIBUFFD_MISSING);
	set = record_touches(&s, (size_t[]){40, 2, 3, 11}, 4);
	ck_assert_int_eq(uffd_workingset_save(set, place.path, LIBUFFD_WORKINGSET_PACK), 0);
	fd = open(place.path, O_RDONLY | O_CLOEXEC);
	tables_end = wset_get(fd, AT_PACK_AT, 8);
	ck_assert_uint_eq(wset_get(fd, AT_RUN_COUNT, 8), 3);
	bad_headers();
	bad_tables(wset_get(fd, AT_RUNS_AT, 8));
	close(fd);
	/* Nothing of that was taken, and all is as it was. */
	uffd_workingset_close(set);
	set = load(place.path, s.region);
	ck_assert_uint_eq(info_of(set).pages, 4);
	uffd_workingset_close(set);
	serve_end(&s);
	place_end(&place);
}

TEST_MAIN(load_of_impossible_values)
