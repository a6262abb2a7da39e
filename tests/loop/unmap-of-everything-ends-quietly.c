/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* All of a region is unmapped while a page of it is claimed: the claim is given up, the end is
 * easy. */
#include "serve.h"

static struct uffd_extent asked;
static _Atomic int came;

static int later(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	(void)region;
	(void)user;
	asked = *extent;
	atomic_fetch_add(&came, 1);
	return 0;
}

static void unmap_of_everything_ends_quietly(void)
{
	struct served s;
	struct uffd_extent extent;

	serve(&s, LIBUFFD_BACKING_ANON, 24, UFFD_FEATURE_EVENT_UNMAP, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault = later});
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(uffd_claim(s.region, 0, 8 * s.m.page, &extent), 0);
	ck_assert_int_eq(munmap(s.m.at, s.m.length), 0);
	WAIT_UNTIL(stats_of(s.ctx).events_unmap == 1);
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, 8 * s.m.page, 0), -ENOENT);
	ck_assert_int_eq(uffd_claim(s.region, 0, s.m.length, &extent), -EALREADY);
	ck_assert_int_lt(uffd_demand(s.region, 8 * s.m.page, s.m.page, NULL), 0);
	ck_assert_int_eq(uffd_prefetch(s.region, 0, s.m.length), 0);
	ck_assert_int_eq(atomic_load(&came), 0);
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_REFUSE), 0);
	ck_assert_int_eq(uffd_loop_close(s.loop), 0);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_REFUSE), 0);
	munmap(s.content, s.m.length);
}

TEST_MAIN(unmap_of_everything_ends_quietly)
