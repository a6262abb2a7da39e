/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Sets that have nothing to pack: one of holes alone, and one of nothing at all, are saved, loaded
 * and replayed as others are.
 */
#include "wsets.h"

#define PAGES 64u

static _Atomic uint32_t reads;

static int64_t no_read(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	(void)user;
	(void)offset;
	atomic_fetch_add(&reads, 1);
	memset(buffer, 0xbd, length);
	return (int64_t)length;
}

static int64_t all_holes(void *user, uint64_t offset, uint64_t length, int *zero)
{
	(void)user;
	(void)offset;
	*zero = 1;
	return (int64_t)length;
}

static void of(const struct place *place, uint32_t flags, size_t pages)
{
	const struct uffd_source_ops ops = {.size = sizeof(ops), .read = no_read, .map = all_holes};
	struct uffd_source *source;
	struct uffd_workingset *set;
	struct served s;

	for (int round = 0; round < 2; round++) {
		ck_assert_int_eq(uffd_source_open(&source, PAGES * 4096, &ops, NULL), 0);
		serve_from(&s, source, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING);
		if (round == 0) {
			set = record(&s, 0);
			if (pages)
				ck_assert_int_eq(
					uffd_demand(s.region, 8 * 4096, pages * 4096, NULL), 0);
			ck_assert_int_eq(uffd_workingset_stop(set), 0);
			ck_assert_int_eq(uffd_workingset_save(set, place->path, flags), 0);
		} else {
			set = load(place->path, s.region);
			ck_assert_int_eq(replay(s.region, set), 0);
			for (size_t k = 0; k < PAGES; k++)
				ck_assert(page_is(&s, k,
						  k >= 8 && k < 8 + pages ? LIBUFFD_PAGE_CACHED
									  : LIBUFFD_PAGE_EMPTY));
			ck_assert(all_zero(s.m.at, s.m.length));
		}
		ck_assert_uint_eq(info_of(set).packed_bytes, 0);
		ck_assert_uint_eq(info_of(set).pages, pages);
		uffd_workingset_close(set);
		serve_end(&s);
	}
	ck_assert_uint_eq(atomic_load(&reads), 0);
}

static void packed_of_zeros_alone(void)
{
	struct place place;

	place_make(&place);
	for (uint32_t flags = 0; flags <= LIBUFFD_WORKINGSET_PACK; flags++) {
		of(&place, flags, 0);
		of(&place, flags, 20);
	}
	place_end(&place);
}

TEST_MAIN(packed_of_zeros_alone)
