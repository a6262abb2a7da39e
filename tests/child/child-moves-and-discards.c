/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A child moves its memory, throws some away and unmaps some, as the parent may: events of its own,
 * which its own loop follows, with pages that are protected and without. The parent's stay as they
 * are.
 */
#include "forked.h"

#define PAGES 32u

static struct served s;
static struct forked_queue q;
static _Atomic uint64_t lifted; /* a bit a page, of the child */

static int wp_fault(struct uffd_region *region, uint64_t offset, uint32_t tid, void *user)
{
	(void)tid;
	(void)user;
	if (region != s.region)
		atomic_fetch_or(&lifted, UINT64_C(1) << (offset / s.m.page));
	return uffd_writeprotect(region, offset, s.m.page, 0);
}

/* Pages 0-7 were filled before the fork. */
static int child(void *arg)
{
	uint8_t *at = s.m.at, *to;

	(void)arg;
	for (size_t p = 4; p < 12; p++)
		if (!content_is(at + p * s.m.page, p * s.m.page, s.m.page))
			return 1;
	to = mmap(NULL, s.m.length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mremap(at, s.m.length, s.m.length, MREMAP_MAYMOVE | MREMAP_FIXED, to) != (void *)to)
		return 2;
	for (size_t p = 0; p < 16; p++)
		if (!content_is(to + p * s.m.page, p * s.m.page, s.m.page))
			return 3;
	/* Filled here, filled by the parent, never filled. */
	if (madvise(to + 6 * s.m.page, 14 * s.m.page, MADV_DONTNEED))
		return 4;
	if (!all_zero(to + 6 * s.m.page, 14 * s.m.page))
		return 5;
	if (munmap(to + 20 * s.m.page, 4 * s.m.page))
		return 6;
	for (size_t p = 24; p < PAGES; p++)
		if (!content_is(to + p * s.m.page, p * s.m.page, s.m.page))
			return 7;
	*(volatile uint8_t *)(to + 2 * s.m.page) = 0x42;
	*(volatile uint8_t *)(to + 3 * s.m.page) = 0x42;
	return to[2 * s.m.page] == 0x42 ? 0 : 8;
}

static void moves(uint32_t modes)
{
	struct uffd_loop_opts opts = forked_loop_opts(&q);
	struct uffd_stats stats;
	struct adopted a;
	struct forked f;

	memset(&q, 0, sizeof(q));
	atomic_store(&lifted, 0);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES,
	      UFFD_FEATURE_EVENT_FORK | UFFD_FEATURE_EVENT_REMOVE | UFFD_FEATURE_EVENT_REMAP |
		      UFFD_FEATURE_EVENT_UNMAP | UFFD_FEATURE_PAGEFAULT_FLAG_WP,
	      modes, (struct uffd_region_opts){.wp_fault = wp_fault, .fault_around = 4096});
	s.loop = serve_start(s.ctx, &opts);
	ck_assert_int_eq(uffd_demand(s.region, 0, 8 * s.m.page, NULL), 0);
	if (modes & LIBUFFD_WP)
		ck_assert_int_eq(uffd_writeprotect(s.region, 0, 3 * s.m.page, 1), 0);
	forked_make(&f, child, NULL);
	adopt_child(&a, forked_next(&q), &q);
	forked_go(&f);
	ck_assert_int_eq(forked_end(&f), 0);
	ck_assert_uint_eq(atomic_load(&lifted), modes & LIBUFFD_WP ? 1u << 2 : 0);
	stats = stats_of(a.ctx);
	ck_assert_uint_eq(stats.events_remove, 1);
	ck_assert_uint_eq(stats.events_remap, 1);
	ck_assert_uint_ge(stats.events_unmap, 1);
	stats = stats_of(s.ctx);
	ck_assert_uint_eq(stats.events_fork, 1);
	ck_assert_uint_eq(stats.events_remove + stats.events_remap + stats.events_unmap, 0);
	adopted_end(&a);
	for (size_t p = 0; p < PAGES; p++)
		ck_assert(served_right(&s, p));
	serve_end(&s);
}

static void child_moves_and_discards(void)
{
	moves(LIBUFFD_MISSING);
	moves(LIBUFFD_MISSING | LIBUFFD_WP);
}

TEST_MAIN(child_moves_and_discards)
