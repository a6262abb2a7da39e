/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Without EVENT_FORK a child is nobody's: what was filled it has, what was not is zeros, what was
 * protected is not; the parent's pages stay protected, and nobody is told of the child's writes.
 */
#include "forked.h"

#define PAGES 8u

static struct served s;
static _Atomic int calls;

static int wp_fault(struct uffd_region *region, uint64_t offset, uint32_t tid, void *user)
{
	(void)tid;
	(void)user;
	atomic_fetch_add(&calls, 1);
	return uffd_writeprotect(region, offset, s.m.page, 0);
}

static int child(void *arg)
{
	(void)arg;
	if (!content_is(s.m.at, 0, 4 * s.m.page) ||
	    !all_zero(served_page(&s, 4), (PAGES - 4) * s.m.page))
		return 1;
	memset(s.m.at, 0x42, s.m.length);
	return 0;
}

static void fork_without_the_event(void)
{
	struct forked f;

	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_PAGEFAULT_FLAG_WP,
	      LIBUFFD_MISSING | LIBUFFD_WP,
	      (struct uffd_region_opts){.wp_fault = wp_fault, .fault_around = 4096});
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(uffd_demand(s.region, 0, 4 * s.m.page, NULL), 0);
	ck_assert_int_eq(uffd_writeprotect(s.region, 0, 4 * s.m.page, 1), 0);
	forked_make(&f, child, NULL);
	forked_go(&f);
	ck_assert_int_eq(forked_end(&f), 0);
	ck_assert_int_eq(atomic_load(&calls), 0);
	for (size_t p = 0; p < PAGES; p++)
		ck_assert(served_right(&s, p));
	for (size_t p = 0; p < 4; p++)
		*(volatile uint8_t *)served_page(&s, p) = 0x43;
	ck_assert_int_eq(atomic_load(&calls), 4);
	serve_end(&s);
}

TEST_MAIN(fork_without_the_event)
