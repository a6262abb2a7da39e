/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A prefetch of ranges brings these and nothing else, in the order in which they are given, also
 * where they overlap or are given twice.
 */
#include "later.h"

#define PAGES 1024u

static void ranges_in_their_order(void)
{
	const struct uffd_range ranges[] = {
		{700 * 4096, 64 * 4096},  {16 * 4096, 4096}, {800 * 4096, 32 * 4096}, {0, 8 * 4096},
		{690 * 4096, 128 * 4096}, {16 * 4096, 4096}, {300 * 4096, 2 * 4096},
	};
	struct uffd_prefetch_opts opts = {.size = sizeof(opts),
					  .ranges = ranges,
					  .range_count = sizeof(ranges) / sizeof(*ranges)};
	/* What is left of them, in their order, of what nobody has brought before. */
	const struct uffd_range expected[] = {
		{700 * 4096, 64 * 4096}, {16 * 4096, 4096},       {800 * 4096, 32 * 4096},
		{0, 8 * 4096},           {690 * 4096, 10 * 4096}, {764 * 4096, 36 * 4096},
		{300 * 4096, 2 * 4096},
	};
	struct uffd_prefetch_progress p = {.size = sizeof(p)};
	struct uffd_prefetch *prefetch;
	struct later_read read;
	uint64_t at = 0, i = 0;
	struct later l;
	struct served s;

	later_make(&l, PAGES * 4096, NULL);
	later_serve(&s, &l, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
		    (struct uffd_region_opts){0});
	ck_assert_int_eq(uffd_prefetch_start(&prefetch, s.region, &opts), 0);
	memset(&opts, 0xff, sizeof(opts));
	s.loop = serve_start(s.ctx, NULL);
	while (i < sizeof(expected) / sizeof(*expected)) {
		WAIT_UNTIL(later_take(&l, 0, &read));
		ck_assert_uint_eq(read.offset, expected[i].offset + at);
		ck_assert_uint_le(read.length, expected[i].length - at);
		at += read.length;
		later_bring(&l, &read);
		if (at == expected[i].length) {
			at = 0;
			i++;
		}
	}
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), 0);
	ck_assert_uint_eq(later_count(&l), 0);
	ck_assert_int_eq(uffd_prefetch_progress(prefetch, &p), 0);
	ck_assert_uint_eq(p.bytes_total, (64 + 1 + 32 + 8 + 128 + 1 + 2) * 4096);
	ck_assert_uint_eq(p.bytes_done, p.bytes_total);
	ck_assert_uint_eq(p.bytes_brought, (64 + 1 + 32 + 8 + 46 + 2) * 4096);
	uffd_prefetch_close(prefetch);
	for (size_t k = 0; k < PAGES; k++) {
		bool in = false;

		for (i = 0; i < sizeof(expected) / sizeof(*expected); i++)
			in = in || (k * 4096 >= expected[i].offset &&
				    k * 4096 < expected[i].offset + expected[i].length);
		ck_assert_uint_eq(page_state(&s, k),
				  (in ? LIBUFFD_PAGE_CACHED : LIBUFFD_PAGE_EMPTY));
		if (in)
			ck_assert(served_right(&s, k));
	}
	serve_end(&s);
	later_free(&l);
}

TEST_MAIN(ranges_in_their_order)
