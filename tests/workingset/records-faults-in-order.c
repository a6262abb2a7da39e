/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A recording has an entry for every page that faulted, in the order of the faults, one page each
 * whatever the region's fault-around is; with what the fault was, when, and how long it took.
 */
#include "wsets.h"

#define PAGES 64u

static const size_t order[] = {40, 3, 63, 0, 4, 41, 20, 5};
#define TOUCHED (sizeof(order) / sizeof(order[0]))

static bool written(size_t i)
{
	return i % 3 == 1;
}

static void in_order(uint32_t backing, uint32_t modes, uint32_t kind)
{
	static struct counted c;
	struct uffd_workingset *set;
	struct uffd_workingset_info info;
	uint64_t began, last = 0;
	struct served s;

	serve_from(&s, counted_open(&c, PAGES * UINT64_C(4096)), backing, PAGES, 0, modes);
	began = test_now();
	set = record(&s, 0);
	ck_assert_uint_eq(info_of(set).entries, 0);
	for (size_t i = 0; i < TOUCHED; i++) {
		volatile uint8_t *at = served_page(&s, order[i]) + 100;

		if (written(i))
			*at = content_byte(order[i] * s.m.page + 100);
		ck_assert_uint_eq(*at, content_byte(order[i] * s.m.page + 100));
		/* Once more: what is there is not asked for. */
		ck_assert(served_right(&s, order[i]));
	}
	recorded(set, TOUCHED);
	info = info_of(set);
	ck_assert_uint_eq(info.pages, TOUCHED);
	ck_assert_uint_eq(info.lost, 0);
	ck_assert_uint_eq(info.packed_bytes, 0);
	ck_assert_uint_eq(info.region_length, s.m.length);
	ck_assert_uint_eq(info.page_size, s.m.page);
	ck_assert_uint_eq(info.source_offset, 0);
	ck_assert_uint_eq(info.source_length, s.m.length);
	for (size_t i = 0; i < TOUCHED; i++) {
		struct uffd_workingset_entry e = entry_of(set, i);

		ck_assert_uint_eq(e.offset, order[i] * s.m.page);
		ck_assert_uint_eq(e.length, s.m.page);
		ck_assert_uint_eq(e.fault_offset, e.offset);
		ck_assert_uint_eq(e.kind, kind);
		ck_assert_uint_eq(e.flags, written(i) ? LIBUFFD_EXTENT_WRITE : 0);
		ck_assert_uint_ge(e.time_ns, last);
		ck_assert_uint_gt(e.latency_ns, 0);
		ck_assert_uint_le(e.time_ns + e.latency_ns, test_now() - began);
		last = e.time_ns;
	}
	for (size_t k = 0, n = 0; k < PAGES; k++) {
		n += page_is(&s, k, LIBUFFD_PAGE_CACHED);
		ck_assert(k < PAGES - 1 || n == TOUCHED);
	}
	uffd_workingset_close(set);
	/* With its end fault-around is as it was. */
	ck_assert(served_right(&s, 50));
	serve_settled(&s);
	ck_assert(page_is(&s, 48, LIBUFFD_PAGE_CACHED));
	ck_assert(page_is(&s, 62, LIBUFFD_PAGE_CACHED));
	serve_end(&s);
}

static void records_faults_in_order(void)
{
	in_order(LIBUFFD_BACKING_ANON, LIBUFFD_MISSING, LIBUFFD_FAULT_MISSING);
	in_order(LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING | LIBUFFD_MINOR, LIBUFFD_FAULT_MISSING);
	in_order(LIBUFFD_BACKING_SHMEM_PRIVATE, LIBUFFD_MISSING, LIBUFFD_FAULT_MISSING);
}

TEST_MAIN(records_faults_in_order)
