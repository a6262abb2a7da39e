/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A source that answers before its submit returns: every byte is right, and what is counted is
 * counted once, the time that faults took too.
 */
#include "later.h"

#define PAGES 256u

static int now(struct later *l, uint64_t offset, uint64_t length)
{
	(void)l;
	(void)offset;
	(void)length;
	return LATER_NOW;
}

static uint64_t measured(const struct uffd_stats *stats)
{
	uint64_t n = 0;

	for (size_t b = 0; b < LIBUFFD_LATENCY_BUCKETS; b++)
		n += stats->latency[b];
	return n;
}

static void answered(uint32_t backing, uint32_t modes)
{
	struct uffd_stats stats;
	struct later l;
	struct served s;

	later_make(&l, PAGES * 4096, now);
	later_serve(&s, &l, backing, PAGES, 0, modes, (struct uffd_region_opts){0});
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert_msg(served_right(&s, k), "page %zu", k);
	serve_settled(&s);
	ck_assert_int_eq(uffd_loop_close(s.loop), 0);
	s.loop = NULL;
	stats = stats_of(s.ctx);
	ck_assert_uint_eq(stats.reads, PAGES / 16);
	ck_assert_uint_eq(stats.read_bytes, PAGES * 4096);
	ck_assert_uint_eq(l.brought, PAGES * 4096);
	ck_assert_uint_eq(stats.source_errors, 0);
	ck_assert(later_none_twice(&l));
	ck_assert_msg(measured(&stats) <= stats.faults_missing + stats.faults_minor,
		      "%llu latencies of %llu faults", (unsigned long long)measured(&stats),
		      (unsigned long long)(stats.faults_missing + stats.faults_minor));
	serve_end(&s);
	later_free(&l);
}

static void answered_within_submit(void)
{
	answered(LIBUFFD_BACKING_ANON, LIBUFFD_MISSING);
	answered(LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING);
	answered(LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING | LIBUFFD_MINOR);
}

TEST_MAIN(answered_within_submit)
