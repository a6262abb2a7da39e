/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * When the process that owns foreign memory is dead every completion is -ESRCH and gives its claim
 * up, nothing waits, and the context can be closed: nobody is owed content any more.
 */
#include "claims.h"
#include "process.h"

#define PAGES 8

static void dead_owner(void)
{
	struct uffd_region_opts opts = {.size = sizeof(opts),
					.flags = LIBUFFD_REGION_FOREIGN | LIBUFFD_REGION_REGISTERED,
					.backing = LIBUFFD_BACKING_ANON,
					.fault = served_fault};
	struct uffd_region *second;
	struct served s = {0};
	struct owner o;

	owner_start(&o, UFFD_FEATURE_POISON, UFFDIO_REGISTER_MODE_MISSING, PAGES);
	s.m = o.memory;
	s.content = content_make(s.m.length);
	opts.page_size = s.m.page;
	opts.user = &s;
	ck_assert_int_eq(uffd_ctx_adopt(&s.ctx, o.fd, UFFD_FEATURE_POISON, NULL), 0);
	ck_assert_int_eq(uffd_region_add(&s.region, s.ctx, s.m.at, s.m.length - s.m.page,
					 LIBUFFD_MISSING, &opts),
			 0);
	claim(&s, 0, 4);
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, s.m.page, 0), 0);
	owner_end(&o);

	ck_assert_int_eq(uffd_copy(s.region, s.m.page, s.content, s.m.page, 0), -ESRCH);
	expect_state(&s, 1, 1, LIBUFFD_PAGE_EMPTY);
	ck_assert_int_eq(uffd_zero(s.region, 2 * s.m.page, s.m.page, 0), -ESRCH);
	ck_assert_int_eq(uffd_poison(s.region, 3 * s.m.page, s.m.page), -ESRCH);
	expect_state(&s, 1, 6, LIBUFFD_PAGE_EMPTY);
	expect_state(&s, 0, 1, LIBUFFD_PAGE_CACHED);
	claim(&s, 1, 1);
	ck_assert_int_eq(uffd_abandon(s.region, s.m.page, s.m.page), 0);
	s.error = 0;
	/* The callback of serve.h remembers the error. */
	ck_assert_int_eq(uffd_prefetch(s.region, 4 * s.m.page, s.m.page), 0);
	ck_assert_int_eq(atomic_exchange(&s.error, 0), -ESRCH);
	ck_assert_int_eq(uffd_wake(s.region, 0, s.m.page), 0);
	/* A new region of it. */
	opts.flags = LIBUFFD_REGION_FOREIGN;
	ck_assert_int_eq(uffd_region_add(&second, s.ctx, served_page(&s, PAGES - 1), s.m.page,
					 LIBUFFD_MISSING, &opts),
			 -ESRCH);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_REFUSE), 0);
	munmap(s.content, s.m.length);
}
TEST_MAIN(dead_owner)
