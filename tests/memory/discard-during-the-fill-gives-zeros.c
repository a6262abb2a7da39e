/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Pages thrown away between their claim and its completion become zeros, whichever way they are
 * completed, and in the file too where content was written there before; their neighbours in the
 * same call get their content.
 */
#include "claims.h"

enum way { COPY, ZERO, CONTINUE, POPULATE, MOVE, POISON, WAYS };

static void during(uint32_t backing, enum way way, bool waiter)
{
	size_t n = claim_pages(backing), gone = 1;
	struct toucher t;
	struct served s;
	int64_t ret;

	claims_make(&s, backing, LIBUFFD_CTX_DISCARDS, 0,
		    is_shared(backing) ? LIBUFFD_REGION_ALIAS : 0);
	claim(&s, 0, n);
	if (waiter)
		wait_start(&s, &t, gone);
	if (way == CONTINUE)
		memcpy(uffd_region_alias(s.region), s.content, s.m.length);
	ck_assert_int_eq(uffd_discard(s.region, gone * s.m.page, s.m.page), 0);
	ck_assert_uint_eq(page_state(&s, gone) & ~LIBUFFD_PAGE_WAITERS,
			  LIBUFFD_PAGE_BUSY | LIBUFFD_PAGE_DISCARDED);
	switch (way) {
	case COPY:
		ret = uffd_copy(s.region, 0, s.content, s.m.length, 0);
		break;
	case CONTINUE:
		ret = uffd_continue(s.region, 0, s.m.length, 0);
		break;
	case POPULATE:
		ret = uffd_populate(s.region, 0, s.content, s.m.length, 0);
		break;
	case MOVE:
		ret = uffd_move(s.region, 0, s.content, s.m.length, 0);
		break;
	case POISON:
		ret = uffd_poison(s.region, 0, s.m.length);
		break;
	default:
		ret = uffd_zero(s.region, 0, s.m.length, 0);
		break;
	}
	ck_assert_int_eq(ret, 0);
	if (waiter)
		wait_end(&t, 0);
	expect_state(&s, gone, 1, LIBUFFD_PAGE_CACHED | LIBUFFD_PAGE_DISCARDED);
	expect_state(&s, 0, 1, way == POISON ? LIBUFFD_PAGE_POISONED : LIBUFFD_PAGE_CACHED);
	if (is_shared(backing) && way != POISON)
		ck_assert(all_zero((uint8_t *)uffd_region_alias(s.region) + gone * s.m.page,
				   s.m.page));
	if (way != POPULATE || waiter)
		expect_zeros(&s, gone, 1);
	for (size_t p = 0; p < n && way != ZERO && way != POISON && way != POPULATE; p++)
		if (p != gone)
			ck_assert(content_is(served_page(&s, p), p * s.m.page, s.m.page));
	serve_end(&s);
}

static void every_way(uint32_t backing)
{
	for (int waiter = 0; waiter < 2; waiter++) {
		during(backing, COPY, waiter);
		during(backing, ZERO, waiter);
		during(backing, POISON, waiter);
		if (is_shared(backing)) {
			during(backing, CONTINUE, waiter);
			during(backing, POPULATE, waiter);
		}
		if (backing == LIBUFFD_BACKING_ANON)
			during(backing, MOVE, waiter);
	}
}

static void gives_zeros(void)
{
	struct uffd_ctx *ctx = serve_ctx(UFFD_FEATURE_POISON | UFFD_FEATURE_MOVE);

	ck_assert_int_eq(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	each_backing(every_way);
}
TEST_MAIN(gives_zeros)
