/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A file system without room for the whole file: -ENOSPC, the old file is as it was, and what was
 * begun is gone again. It fits where there is room, wherever the end came.
 */
#include "wsets.h"

#define PAGES 64u
#define ROOM  64u

static struct counted c;
static const char *const small[] = {"size", "262144", "huge", "never", NULL};

static void save_to_a_full_disk(void)
{
	static const uint8_t filler[ROOM * 4096];
	struct uffd_workingset *set;
	struct place place;
	struct served s;
	uint8_t *bytes;
	char other[128];
	size_t length;
	int fd;

	place_make_on(&place, "tmpfs", small);
	serve_from(&s, counted_open(&c, PAGES * UINT64_C(4096)), LIBUFFD_BACKING_ANON, PAGES, 0,
		   LIBUFFD_MISSING);
	set = record(&s, 0);
	for (size_t k = 0; k < 30; k++)
		ck_assert(served_right(&s, k));
	ck_assert_int_eq(uffd_workingset_stop(set), 0);
	ck_assert_int_eq(uffd_workingset_save(set, place.path, 0), 0);
	bytes = file_bytes(place.path, &length);
	snprintf(other, sizeof(other), "%s/other", place.dir);
	/* Room for so many pages; the whole is of 31 or 32. */
	for (size_t free_pages = 0; free_pages < 31; free_pages += 5) {
		uint8_t *now;
		size_t n;

		fd = open(other, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		ck_assert_int_ge(fd, 0);
		n = ROOM - 1 - free_pages;
		ck_assert_int_eq(pwrite(fd, filler, n * 4096, 0), (ssize_t)(n * 4096));
		close(fd);
		ck_assert_int_eq(uffd_workingset_save(set, place.path, LIBUFFD_WORKINGSET_PACK),
				 -ENOSPC);
		ck_assert_uint_eq(place_files(&place), 2);
		now = file_bytes(place.path, &n);
		ck_assert_uint_eq(n, length);
		ck_assert_mem_eq(now, bytes, n);
		free(now);
	}
	ck_assert_int_eq(unlink(other), 0);
	ck_assert_int_eq(uffd_workingset_save(set, place.path, LIBUFFD_WORKINGSET_PACK), 0);
	ck_assert_uint_eq(place_files(&place), 1);
	uffd_workingset_close(set);
	set = load(place.path, s.region);
	ck_assert_uint_eq(info_of(set).packed_bytes, 30 * 4096);
	uffd_workingset_close(set);
	serve_end(&s);
	free(bytes);
	place_end(&place);
}

TEST_MAIN(save_to_a_full_disk)
