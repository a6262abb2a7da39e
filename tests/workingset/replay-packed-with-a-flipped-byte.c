/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Packed content of which one byte is not what was written, anywhere: no page of that read is
 * installed, the prefetch has failed with -EBADMSG, and faults bring the pages, right, from the
 * source.
 */
#include "wsets.h"

#include "wset.h"

#define PAGES 160u
#define ASKED 150u

static struct counted c;
static struct place place;

static void flipped(uint64_t at)
{
	struct uffd_prefetch_progress progress = {.size = sizeof(progress)};
	int fd = open(place.path, O_RDWR | O_CLOEXEC);
	uint64_t pack_at = wset_get(fd, AT_PACK_AT, 8);
	uint64_t was = wset_get(fd, pack_at + at, 1);
	struct uffd_workingset *set;
	struct uffd_prefetch *f;
	struct served s;

	wset_put(fd, pack_at + at, 1, was ^ 0x10);
	serve_from(&s, counted_open(&c, PAGES * UINT64_C(4096)), LIBUFFD_BACKING_ANON, PAGES, 0,
		   LIBUFFD_MISSING);
	/* The tables are right: the content is looked at when it is read. */
	set = load(place.path, s.region);
	f = replay_start(s.region, set);
	uffd_workingset_close(set);
	ck_assert_int_eq(prefetch_result(f), -EBADMSG);
	ck_assert_int_eq(uffd_prefetch_progress(f, &progress), 0);
	ck_assert_uint_eq(progress.state, LIBUFFD_PREFETCH_FAILED);
	ck_assert_int_eq(progress.error, -EBADMSG);
	ck_assert_uint_eq(progress.bytes_in_flight, 0);
	uffd_prefetch_close(f);
	/* Page k is the k-th of the content. */
	ck_assert_uint_eq(LIBUFFD_PAGE_STATE(page_state(&s, at / 4096)), LIBUFFD_PAGE_EMPTY);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert_msg(served_right(&s, k), "flipped at %llu: page %zu",
			      (unsigned long long)at, k);
	serve_end(&s);
	wset_put(fd, pack_at + at, 1, was);
	close(fd);
}

static void replay_packed_with_a_flipped_byte(void)
{
	struct uffd_workingset *set;
	struct served s;

	place_make(&place);
	serve_from(&s, counted_open(&c, PAGES * UINT64_C(4096)), LIBUFFD_BACKING_ANON, PAGES, 0,
		   LIBUFFD_MISSING);
	ck_assert_int_eq(uffd_workingset_record(&set, s.region, NULL), 0);
	ck_assert_int_eq(uffd_demand(s.region, 0, ASKED * s.m.page, NULL), 0);
	ck_assert_int_eq(uffd_workingset_stop(set), 0);
	ck_assert_int_eq(uffd_workingset_save(set, place.path, LIBUFFD_WORKINGSET_PACK), 0);
	ck_assert_uint_eq(info_of(set).pages, ASKED);
	uffd_workingset_close(set);
	serve_end(&s);
	flipped(0);
	flipped(WSET_BLOCK - 1);
	flipped(WSET_BLOCK);
	flipped(4 * WSET_BLOCK - 1);
	flipped(4 * WSET_BLOCK + 12345);
	flipped(ASKED * 4096 - 1);
	place_end(&place);
}

TEST_MAIN(replay_packed_with_a_flipped_byte)
