/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Every truncation, every byte of header and tables changed, one bit after the other and all at
 * once: -EBADMSG, with and without packed content. The content itself is checked when it is read.
 */
#include "wsets.h"

#include "wset.h"

#define PAGES 64u

static struct counted c;
static struct place place;
static struct served s;

static void refused(const char *what, size_t at)
{
	char text[96];

	snprintf(text, sizeof(text), "%s at %zu", what, at);
	load_refused(place.path, at % 5 ? s.region : NULL, -EBADMSG, text);
}

static void put(int fd, size_t at, uint8_t byte)
{
	ck_assert_int_eq(pwrite(fd, &byte, 1, (off_t)at), 1);
}

static void damaged(int fd, const uint8_t *bytes, size_t length, size_t tables_end)
{
	for (size_t at = 0; at < tables_end; at++) {
		put(fd, at, bytes[at] ^ (uint8_t)(1u << at % 8));
		refused("a bit", at);
		put(fd, at, (uint8_t)~bytes[at]);
		refused("a byte", at);
		put(fd, at, bytes[at]);
	}
	/* A byte too many, and then ever less. */
	put(fd, length, 0);
	refused("an end", length + 1);
	for (size_t n = length; n-- > 0; n -= n > tables_end + 1300 ? 1021 : 0) {
		ck_assert_int_eq(ftruncate(fd, (off_t)n), 0);
		refused("an end", n);
	}
	ck_assert_int_eq(pwrite(fd, bytes, length, 0), (ssize_t)length);
	uffd_workingset_close(load(place.path, s.region));
}

static void load_of_a_damaged_file(void)
{
	struct uffd_workingset *set;
	uint8_t *bytes;
	size_t length;

	place_make(&place);
	serve_from(&s, counted_open(&c, PAGES * UINT64_C(4096)), LIBUFFD_BACKING_ANON, PAGES, 0,
		   LIBUFFD_MISSING);
	set = record_touches(&s, (size_t[]){5, 6, 40, 2}, 4);
	for (uint32_t flags = 0; flags <= LIBUFFD_WORKINGSET_PACK; flags++) {
		size_t tables_end = WSET_HEADER + 4 * WSET_ENTRY;
		int fd;

		ck_assert_int_eq(uffd_workingset_save(set, place.path, flags), 0);
		bytes = file_bytes(place.path, &length);
		fd = open(place.path, O_RDWR | O_CLOEXEC);
		/* Pages 2, 5 and 6, 40. */
		tables_end += flags ? 3 * WSET_RUN + WSET_SUM : 0;
		ck_assert_uint_eq(wset_get(fd, AT_RUN_COUNT, 8), flags ? 3 : 0);
		damaged(fd, bytes, length, tables_end);
		close(fd);
		free(bytes);
	}
	uffd_workingset_close(set);
	serve_end(&s);
	place_end(&place);
}

TEST_MAIN(load_of_a_damaged_file)
