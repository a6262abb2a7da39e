/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A region of a gigabyte, most of it never touched: a collect goes over all of it in one call, and
 * a run is one range however it lies to the pieces that are looked at.
 */
#include "tracked.h"

#define PAGES ((size_t)262144)

static const struct uffd_range written[] = {
	{0, 1}, {32766, 4}, {65536, 1}, {98303, 1}, {131000, 1}, {163840, 2}, {262143, 1},
};
#define RUNS (sizeof(written) / sizeof(written[0]))

static void write_them(uint8_t *at)
{
	for (size_t i = 0; i < RUNS; i++)
		for (uint64_t k = 0; k < written[i].length; k++)
			++*(volatile uint8_t *)(at + (written[i].offset + k) * 4096);
}

static void expect_them(struct uffd_dirty *d, uint64_t count)
{
	struct uffd_range ranges[RUNS + 1];
	uint64_t offset = 0;
	size_t i = 0;

	while (offset < PAGES * 4096) {
		int64_t n = uffd_dirty_collect(d, &offset, ranges, count);

		ck_assert_int_ge(n, 0);
		for (int64_t k = 0; k < n; k++, i++) {
			ck_assert_uint_lt(i, RUNS);
			ck_assert_uint_eq(ranges[k].offset / 4096, written[i].offset);
			ck_assert_uint_eq(ranges[k].length / 4096, written[i].length);
		}
		ck_assert(count < RUNS || offset == PAGES * 4096);
	}
	ck_assert_uint_eq(i, RUNS);
	offset = 0;
	ck_assert_int_eq(uffd_dirty_collect(d, &offset, ranges, 1), 0);
	ck_assert_uint_eq(offset, PAGES * 4096);
}

/* A run that begins in one piece and ends in the next is one, though there is room for no more. */
static void expect_across(struct uffd_dirty *d, uint8_t *at)
{
	struct uffd_range range;
	uint64_t offset = 0;

	for (size_t k = 32000; k < 33000; k++)
		++*(volatile uint8_t *)(at + k * 4096);
	ck_assert_int_eq(uffd_dirty_collect(d, &offset, &range, 1), 1);
	ck_assert_uint_eq(range.offset / 4096, 32000);
	ck_assert_uint_eq(range.length / 4096, 1000);
	ck_assert_uint_eq(offset, PAGES * 4096);
}

static void sparse(uint32_t method)
{
	const struct uffd_dirty_opts opts = {.size = sizeof(opts), .method = method};
	struct test_memory m = {.length = PAGES * 4096, .page = 4096, .fd = -1};
	struct served s = {.ctx = serve_ctx(track_features(method))};
	struct uffd_dirty *d;

	m.at = mmap(NULL, m.length, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ck_assert_ptr_ne(m.at, MAP_FAILED);
	ck_assert_int_eq(madvise(m.at, m.length, MADV_NOHUGEPAGE), 0);
	s.region = serve_region(&s, &m, LIBUFFD_WP, (struct uffd_region_opts){0});
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(uffd_dirty_start(&d, s.region, &opts), 0);
	write_them(m.at);
	expect_them(d, RUNS + 1);
	write_them(m.at);
	expect_them(d, 1);
	write_them(m.at);
	expect_them(d, RUNS);
	expect_across(d, m.at);
	ck_assert_int_eq(uffd_dirty_stop(d), 0);
	ck_assert_int_eq(uffd_loop_close(s.loop), 0);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_DROP), 0);
	munmap(m.at, m.length);
}

static void sparse_gigabyte(void)
{
	sparse(LIBUFFD_DIRTY_ASYNC);
	sparse(LIBUFFD_DIRTY_SYNC);
}

TEST_MAIN(sparse_gigabyte)
