/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The thread that dispatches may demand what nobody is filling; for what somebody else is filling
 * it is told that it would wait for itself.
 */
#include "serve.h"

static struct served s;
static _Atomic int same = 1;
static _Atomic int other = 1;
static _Atomic bool asked;

static int fault(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	if (extent->kind == LIBUFFD_FAULT_MISSING && !atomic_exchange(&asked, true)) {
		/* The test's own claim, and pages that are nobody's. */
		atomic_store(&same, uffd_demand(region, 2 * s.m.page, s.m.page, NULL));
		atomic_store(&other, uffd_demand(region, 4 * s.m.page, 2 * s.m.page, NULL));
	}
	return served_fault(region, extent, user);
}

static void demand_in_the_dispatching_thread(void)
{
	struct uffd_extent extent;

	serve(&s, LIBUFFD_BACKING_ANON, 8, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault = fault, .fault_around = 4096});
	ck_assert_int_eq(uffd_claim(s.region, 2 * s.m.page, s.m.page, &extent), 0);
	s.loop = serve_start(s.ctx, NULL);
	ck_assert(served_right(&s, 0));
	ck_assert_int_eq(atomic_load(&same), -EDEADLK);
	ck_assert_int_eq(atomic_load(&other), 0);
	ck_assert_uint_eq(page_state(&s, 4), LIBUFFD_PAGE_CACHED);
	ck_assert(served_right(&s, 5));
	ck_assert_int_eq(uffd_abandon(s.region, 2 * s.m.page, s.m.page), 0);
	ck_assert(served_right(&s, 2));
	serve_end(&s);
}

TEST_MAIN(demand_in_the_dispatching_thread)
