/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Every completion refuses what is not a claimed range of the region, and touches nothing then. */
#include "claims.h"

typedef int64_t (*completion)(struct uffd_region *r, uint64_t offset, uint64_t length,
			      uint32_t flags);

static uint8_t *source;

static int64_t copy(struct uffd_region *r, uint64_t offset, uint64_t length, uint32_t flags)
{
	return uffd_copy(r, offset, source, length, flags);
}

static int64_t populate(struct uffd_region *r, uint64_t offset, uint64_t length, uint32_t flags)
{
	return uffd_populate(r, offset, source, length, flags);
}

static int64_t move(struct uffd_region *r, uint64_t offset, uint64_t length, uint32_t flags)
{
	return uffd_move(r, offset, source, length, flags);
}

static int64_t poison(struct uffd_region *r, uint64_t offset, uint64_t length, uint32_t flags)
{
	return flags ? -EINVAL : uffd_poison(r, offset, length);
}

static int64_t abandon(struct uffd_region *r, uint64_t offset, uint64_t length, uint32_t flags)
{
	return flags ? -EINVAL : uffd_abandon(r, offset, length);
}

/* Page 0 EMPTY, 1-2 claimed, 3 complete, the rest EMPTY. */
static void refuses(struct served *s, completion complete)
{
	struct uffd_region *r = s->region;
	uint64_t page = s->m.page;

	ck_assert_int_eq(complete(NULL, 0, page, 0), -EINVAL);
	ck_assert_int_eq(complete(r, page, 0, 0), -EINVAL);
	ck_assert_int_eq(complete(r, page + 1, page, 0), -EINVAL);
	ck_assert_int_eq(complete(r, page, page - 8, 0), -EINVAL);
	ck_assert_int_eq(complete(r, page, page, 2), -EINVAL);
	ck_assert_int_eq(complete(r, page, page, UINT32_C(1) << 31), -EINVAL);
	ck_assert_int_eq(complete(r, s->m.length, page, 0), -ERANGE);
	ck_assert_int_eq(complete(r, page, s->m.length, 0), -ERANGE);
	ck_assert_int_eq(complete(r, page, UINT64_MAX - page + 1, 0), -ERANGE);
	ck_assert_int_eq(complete(r, UINT64_MAX - page + 1, page, 0), -ERANGE);
	ck_assert_int_eq(complete(r, 0, page, 0), -ENOLCK);
	ck_assert_int_eq(complete(r, 0, 2 * page, 0), -ENOLCK);
	ck_assert_int_eq(complete(r, 3 * page, page, 0), -EALREADY);
	ck_assert_int_eq(complete(r, page, 3 * page, 0), -EALREADY);
	expect_state(s, 0, 1, LIBUFFD_PAGE_EMPTY);
	expect_state(s, 1, 2, LIBUFFD_PAGE_BUSY);
	expect_state(s, 3, 1, LIBUFFD_PAGE_CACHED);
	ck_assert(!page_mapped(served_page(s, 1)));
}

static void claims_refused(struct served *s)
{
	struct uffd_region *r = s->region;
	uint64_t page = s->m.page;
	struct uffd_extent e = {.offset = 77};

	ck_assert_int_eq(uffd_claim(NULL, 0, page, &e), -EINVAL);
	ck_assert_int_eq(uffd_claim(r, 0, page, NULL), -EINVAL);
	ck_assert_int_eq(uffd_claim(r, 0, 0, &e), -EINVAL);
	ck_assert_int_eq(uffd_claim(r, 1, page, &e), -EINVAL);
	ck_assert_int_eq(uffd_claim(r, s->m.length, page, &e), -ERANGE);
	ck_assert_int_eq(uffd_claim(r, page, page, &e), -EBUSY);
	ck_assert_int_eq(uffd_claim(r, page, 3 * page, &e), -EBUSY);
	ck_assert_int_eq(uffd_claim(r, 3 * page, page, &e), -EALREADY);
	ck_assert_uint_eq(e.offset, 77);
	ck_assert_int_eq(uffd_wake(NULL, 0, page), -EINVAL);
	ck_assert_int_eq(uffd_wake(r, 0, 1), -EINVAL);
	ck_assert_int_eq(uffd_wake(r, 0, 2 * s->m.length), -ERANGE);
	ck_assert_int_eq(uffd_wake(r, 0, s->m.length), 0);
	expect_state(s, 0, 1, LIBUFFD_PAGE_EMPTY);
}

static void bad_arguments(uint32_t backing)
{
	struct served s;

	claims_make(&s, backing, 0, 0, 0);
	source = s.content;
	claim(&s, 1, 2);
	claim(&s, 3, 1);
	ck_assert_int_eq(uffd_copy(s.region, 3 * s.m.page, s.content, s.m.page, 0), 0);
	claims_refused(&s);
	refuses(&s, copy);
	refuses(&s, uffd_zero);
	refuses(&s, abandon);
	ck_assert_int_eq(uffd_copy(s.region, s.m.page, NULL, s.m.page, 0), -EINVAL);
	if (is_shared(backing)) {
		refuses(&s, uffd_continue);
		refuses(&s, populate);
		ck_assert_int_eq(uffd_populate(s.region, s.m.page, NULL, s.m.page, 0), -EINVAL);
	} else {
		ck_assert_int_eq(uffd_continue(s.region, s.m.page, s.m.page, 0), -EOPNOTSUPP);
		ck_assert_int_eq(populate(s.region, s.m.page, s.m.page, 0), -EOPNOTSUPP);
	}
	if (uffd_ctx_features(s.ctx) & UFFD_FEATURE_POISON)
		refuses(&s, poison);
	if (uffd_ctx_features(s.ctx) & UFFD_FEATURE_MOVE && backing == LIBUFFD_BACKING_ANON)
		refuses(&s, move);
	expect_state(&s, 1, 2, LIBUFFD_PAGE_BUSY);
	ck_assert_int_eq(uffd_abandon(s.region, s.m.page, 2 * s.m.page), 0);
	serve_end(&s);
}

static void change_nothing(void)
{
	each_backing(bad_arguments);
}
TEST_MAIN(change_nothing)
