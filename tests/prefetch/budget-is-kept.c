/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A prefetch with a budget never has more bytes in flight than that, and gets along with it however
 * small it is: with one of less than a page it has one page.
 */
#include "later.h"

#define PAGES 256u

static void kept(uint64_t budget, uint32_t backing, uint64_t page_bytes)
{
	struct uffd_prefetch_opts opts = {.size = sizeof(opts), .budget = budget};
	struct uffd_prefetch_progress p = {.size = sizeof(p)};
	uint64_t most = budget < page_bytes ? page_bytes : budget, left = PAGES * 4096;
	struct uffd_prefetch *prefetch;
	struct later_read read;
	struct later l;
	struct served s;

	later_make(&l, PAGES * 4096, NULL);
	later_serve(&s, &l, backing, PAGES * 4096 / page_bytes, 0, LIBUFFD_MISSING,
		    (struct uffd_region_opts){.install = LIBUFFD_INSTALL_COPY});
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(uffd_prefetch_start(&prefetch, s.region, &opts), 0);
	/* One is answered, the last of those that are held, and there is another if it is not over. */
	while (left) {
		uint32_t n;

		WAIT_UNTIL(later_count(&l) > 0);
		ck_assert_int_eq(uffd_prefetch_progress(prefetch, &p), 0);
		ck_assert_msg(p.bytes_in_flight <= most, "%llu bytes in flight, budget %llu",
			      (unsigned long long)p.bytes_in_flight, (unsigned long long)budget);
		n = later_count(&l);
		ck_assert(later_take(&l, n - 1, &read));
		left -= read.length;
		later_bring(&l, &read);
	}
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), 0);
	uffd_prefetch_close(prefetch);
	ck_assert_msg(l.bytes_peak <= most, "%llu bytes in flight, budget %llu",
		      (unsigned long long)l.bytes_peak, (unsigned long long)budget);
	ck_assert_int_eq(memcmp(s.m.at, s.content, s.m.length), 0);
	ck_assert(later_none_twice(&l));
	serve_end(&s);
	later_free(&l);
}

static void budget_is_kept(void)
{
	static const uint64_t budgets[] = {1,      4096,       8191,      65536,  100000,
					   262144, 262144 + 1, 3 * 65536, 524288, 1 << 20};

	for (size_t i = 0; i < sizeof(budgets) / sizeof(*budgets); i++)
		kept(budgets[i], LIBUFFD_BACKING_ANON, 4096);
	kept(UINT64_MAX, LIBUFFD_BACKING_ANON, 4096);
}

TEST_MAIN(budget_is_kept)
