/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A context that was not told of discards refuses them; its errors leave the states as they are. */
#include "claims.h"

static void needs_its_flag(void)
{
	struct served s;

	claims_make(&s, LIBUFFD_BACKING_ANON, 0, 0, 0);
	ck_assert_int_eq(uffd_discard(s.region, 0, s.m.length), -EOPNOTSUPP);
	expect_state(&s, 0, claim_pages(LIBUFFD_BACKING_ANON), LIBUFFD_PAGE_EMPTY);
	serve_end(&s);

	claims_make(&s, LIBUFFD_BACKING_ANON, LIBUFFD_CTX_DISCARDS, 0, 0);
	ck_assert_int_eq(uffd_discard(NULL, 0, s.m.page), -EINVAL);
	ck_assert_int_eq(uffd_discard(s.region, 0, 0), -EINVAL);
	ck_assert_int_eq(uffd_discard(s.region, 1, s.m.page), -EINVAL);
	ck_assert_int_eq(uffd_discard(s.region, 0, s.m.page - 1), -EINVAL);
	ck_assert_int_eq(uffd_discard(s.region, s.m.length, s.m.page), -ERANGE);
	ck_assert_int_eq(uffd_discard(s.region, s.m.page, s.m.length), -ERANGE);
	ck_assert_int_eq(uffd_discard(s.region, s.m.page, UINT64_MAX - s.m.page + 1), -ERANGE);
	expect_state(&s, 0, claim_pages(LIBUFFD_BACKING_ANON), LIBUFFD_PAGE_EMPTY);
	ck_assert_int_eq(uffd_discard(s.region, 0, s.m.length), 0);
	ck_assert_int_eq(uffd_discard(s.region, 0, s.m.length), 0);
	ck_assert_uint_eq(stats_of(s.ctx).pages_discarded, claim_pages(LIBUFFD_BACKING_ANON));
	/* Nothing is owed any more. */
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_REFUSE), 0);
	serve_end(&s);
}
TEST_MAIN(needs_its_flag)
