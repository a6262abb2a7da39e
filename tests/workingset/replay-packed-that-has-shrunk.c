/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A packed file that is cut after it was loaded: what is still there may be brought, the prefetch
 * fails with -EIO where the rest is missing, and faults bring that from the source. Never zeros for
 * it.
 */
#include "wsets.h"

#include "wset.h"

#define PAGES 160u

static struct counted c;
static struct place place;

static void shrunk(const uint8_t *bytes, size_t length, uint64_t left)
{
	struct uffd_workingset *set;
	struct served s;

	file_write(place.path, bytes, length);
	serve_from(&s, counted_open(&c, PAGES * UINT64_C(4096)), LIBUFFD_BACKING_ANON, PAGES, 0,
		   LIBUFFD_MISSING);
	set = load(place.path, s.region);
	ck_assert_int_eq(truncate(place.path, (off_t)left), 0);
	ck_assert_int_eq(replay(s.region, set), -EIO);
	/* Again: no better. */
	ck_assert_int_eq(replay(s.region, set), -EIO);
	uffd_workingset_close(set);
	ck_assert_uint_eq(LIBUFFD_PAGE_STATE(page_state(&s, PAGES - 1)), LIBUFFD_PAGE_EMPTY);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert_msg(served_right(&s, k), "cut at %llu: page %zu",
			      (unsigned long long)left, k);
	serve_end(&s);
}

static void replay_packed_that_has_shrunk(void)
{
	struct uffd_workingset *set;
	uint64_t pack_at;
	struct served s;
	uint8_t *bytes;
	size_t length;
	int fd;

	place_make(&place);
	serve_from(&s, counted_open(&c, PAGES * UINT64_C(4096)), LIBUFFD_BACKING_ANON, PAGES, 0,
		   LIBUFFD_MISSING);
	ck_assert_int_eq(uffd_workingset_record(&set, s.region, NULL), 0);
	ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	ck_assert_int_eq(uffd_workingset_stop(set), 0);
	ck_assert_int_eq(uffd_workingset_save(set, place.path, LIBUFFD_WORKINGSET_PACK), 0);
	uffd_workingset_close(set);
	serve_end(&s);
	bytes = file_bytes(place.path, &length);
	fd = open(place.path, O_RDONLY | O_CLOEXEC);
	pack_at = wset_get(fd, AT_PACK_AT, 8);
	close(fd);
	shrunk(bytes, length, 0);
	shrunk(bytes, length, pack_at);
	shrunk(bytes, length, pack_at + 1);
	shrunk(bytes, length, pack_at + 3 * WSET_BLOCK + 4096);
	shrunk(bytes, length, length - 1);
	free(bytes);
	place_end(&place);
}

TEST_MAIN(replay_packed_that_has_shrunk)
