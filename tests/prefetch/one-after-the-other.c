/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Two prefetches of a region, and one of another: each begins when the one before it has begun all
 * of its own, nothing is brought twice, and each tells of itself. One that is cancelled lets the
 * next begin.
 */
#include "later.h"

#define PAGES 512u

static struct later l;
static struct served s;

static void one_after_the_other(bool cancelled)
{
	struct uffd_range half = {PAGES / 2 * 4096, PAGES / 2 * 4096};
	struct uffd_prefetch_opts opts = {
		.size = sizeof(opts), .ranges = &half, .range_count = 1, .budget = 131072};
	struct uffd_prefetch_progress p = {.size = sizeof(p)};
	struct uffd_prefetch *prefetch[3];
	struct uffd_region *other;
	struct later_read read;
	struct test_memory m;
	uint64_t seen = 0;

	later_make(&l, PAGES * 4096, NULL);
	later_serve(&s, &l, LIBUFFD_BACKING_SHMEM, PAGES, 0, LIBUFFD_MISSING,
		    (struct uffd_region_opts){0});
	test_memory_make(&m, LIBUFFD_BACKING_ANON, 16);
	other = serve_region(&s, &m, LIBUFFD_MISSING,
			     (struct uffd_region_opts){.source = l.source});
	ck_assert_int_eq(uffd_prefetch_start(&prefetch[0], s.region, &opts), 0);
	opts.ranges = NULL;
	opts.range_count = 0;
	ck_assert_int_eq(uffd_prefetch_start(&prefetch[1], s.region, &opts), 0);
	ck_assert_int_eq(uffd_prefetch_start(&prefetch[2], other, &opts), 0);
	if (cancelled)
		ck_assert_int_eq(uffd_prefetch_cancel(prefetch[0]), 0);
	s.loop = serve_start(s.ctx, NULL);
	/* The second half of the region before the first, and the other region last. */
	while (seen < (PAGES + 16) * 4096) {
		uint64_t at = seen;

		WAIT_UNTIL(later_take(&l, 0, &read));
		if (!cancelled)
			at = seen < s.m.length / 2 ? seen + s.m.length / 2
			     : seen < s.m.length   ? seen - s.m.length / 2
						   : seen - s.m.length;
		else if (seen >= s.m.length)
			at = seen - s.m.length;
		ck_assert_uint_eq(read.offset, at);
		seen += read.length;
		later_bring(&l, &read);
	}
	for (int k = 0; k < 3; k++) {
		uint64_t brought = k == 0 ? s.m.length / 2 : k == 1 ? s.m.length / 2 : m.length;

		if (cancelled && k < 2)
			brought = k ? s.m.length : 0;
		ck_assert_int_eq(uffd_prefetch_wait(prefetch[k], NULL),
				 (cancelled && k == 0 ? -ECANCELED : 0));
		ck_assert_int_eq(uffd_prefetch_progress(prefetch[k], &p), 0);
		ck_assert_uint_eq(p.bytes_brought, brought);
		uffd_prefetch_close(prefetch[k]);
	}
	ck_assert_int_eq(memcmp(s.m.at, s.content, s.m.length), 0);
	ck_assert_int_eq(memcmp(m.at, s.content, m.length), 0);
	serve_end(&s);
	test_memory_free(&m);
	later_free(&l);
}

static void one_after_another(void)
{
	one_after_the_other(false);
	one_after_the_other(true);
}

TEST_MAIN(one_after_another)
