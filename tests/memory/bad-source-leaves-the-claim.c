/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Content whose own memory cannot be read is -EFAULT, or how far it could be: that far the pages
 * are complete, the rest is still claimed, its waiters wait on, and it can be completed in another
 * way.
 */
#include "claims.h"

enum way { COPY, POPULATE, MOVE };

static void bad_source(uint32_t backing, enum way way)
{
	size_t n = claim_pages(backing), bad = n - 1;
	struct toucher t;
	struct served s;
	int64_t ret;

	claims_make(&s, backing, 0, 0, 0);
	claim(&s, 0, n);
	wait_start(&s, &t, bad);
	ck_assert_int_eq(mprotect(s.content + bad * s.m.page, s.m.page, PROT_NONE), 0);
	if (way == COPY)
		ret = uffd_copy(s.region, 0, s.content, s.m.length, 0);
	else if (way == POPULATE)
		ret = uffd_populate(s.region, 0, s.content, s.m.length, 0);
	else
		ret = uffd_move(s.region, 0, s.content, s.m.length, 0);
	/* MOVE takes pages that nobody may read. */
	ck_assert_int_eq(mprotect(s.content + bad * s.m.page, s.m.page, PROT_READ), 0);
	if (ret == 0) {
		ck_assert_int_eq(way, MOVE);
		wait_end(&t, content_byte(bad * s.m.page));
		serve_end(&s);
		return;
	}
	/* What was done before it, or the error. */
	ck_assert(ret == -EFAULT || (ret > 0 && (uint64_t)ret <= bad * s.m.page));
	if (way == COPY)
		ck_assert_int_eq(ret, (int64_t)(bad * s.m.page));
	ck_assert_uint_eq(page_state(&s, bad), LIBUFFD_PAGE_BUSY | LIBUFFD_PAGE_WAITERS);
	for (size_t p = 0; p < bad; p++) {
		if (ret > (int64_t)(p * s.m.page)) {
			ck_assert_uint_eq(page_state(&s, p), LIBUFFD_PAGE_CACHED);
			ck_assert(content_is(served_page(&s, p), p * s.m.page, s.m.page));
			continue;
		}
		/* Never complete without content, never lost. */
		ck_assert_uint_eq(LIBUFFD_PAGE_STATE(page_state(&s, p)), LIBUFFD_PAGE_BUSY);
		ck_assert_int_eq(uffd_zero(s.region, p * s.m.page, s.m.page, 0), 0);
		expect_zeros(&s, p, 1);
	}
	ck_assert(touch_asleep(&t));
	ck_assert_int_eq(
		uffd_copy(s.region, bad * s.m.page, s.content + bad * s.m.page, s.m.page, 0), 0);
	wait_end(&t, first_byte(&s, bad));
	expect_content(&s, bad, 1);
	serve_end(&s);
}

static void every_way(uint32_t backing)
{
	bad_source(backing, COPY);
	if (is_shared(backing))
		bad_source(backing, POPULATE);
	if (backing == LIBUFFD_BACKING_ANON)
		bad_source(backing, MOVE);
}

/* An address that nothing is at, not even a forbidden mapping. */
static void nowhere(uint32_t backing)
{
	struct served s;
	void *hole;

	claims_make(&s, backing, 0, 0, 0);
	hole = mmap(NULL, s.m.page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(hole, s.m.page);
	claim(&s, 0, 1);
	ck_assert_int_eq(uffd_copy(s.region, 0, hole, s.m.page, 0), -EFAULT);
	if (is_shared(backing))
		ck_assert_int_eq(uffd_populate(s.region, 0, hole, s.m.page, 0), -EFAULT);
	if (backing == LIBUFFD_BACKING_ANON && uffd_ctx_features(s.ctx) & UFFD_FEATURE_MOVE)
		ck_assert_int_eq(uffd_move(s.region, 0, hole, s.m.page, 0), -EFAULT);
	expect_state(&s, 0, 1, LIBUFFD_PAGE_BUSY);
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, s.m.page, 0), 0);
	expect_content(&s, 0, 1);
	serve_end(&s);
}

static void leaves_the_claim(void)
{
	each_backing(every_way);
	each_backing(nowhere);
}
TEST_MAIN(leaves_the_claim)
