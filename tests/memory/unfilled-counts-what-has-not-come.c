/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * uffd_region_unfilled() says how many bytes still wait for content: what is empty or being filled;
 * not what has come, was thrown away or never will.
 */
#include "claims.h"

static void expect(const struct served *s, uint64_t pages)
{
	ck_assert_int_eq(uffd_region_unfilled(s->region), (int64_t)(pages * s->m.page));
}

static void unfilled(uint32_t backing)
{
	size_t pages = claim_pages(backing);
	uint32_t modes = LIBUFFD_MISSING | (is_shared(backing) ? LIBUFFD_MINOR : 0);
	struct served s;

	memset(&s, 0, sizeof(s));
	test_memory_make(&s.m, backing, pages);
	s.content = content_make(s.m.length);
	s.ctx = serve_ctx_flags(UFFD_FEATURE_POISON, LIBUFFD_CTX_DISCARDS);
	s.region = serve_region(&s, &s.m, modes, (struct uffd_region_opts){0});
	expect(&s, pages);
	claim(&s, 0, 3);
	expect(&s, pages);
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, s.m.page, 0), 0);
	expect(&s, pages - 1);
	ck_assert_int_eq(uffd_poison(s.region, s.m.page, s.m.page), 0);
	expect(&s, pages - 2);
	ck_assert_int_eq(uffd_abandon(s.region, 2 * s.m.page, s.m.page), 0);
	expect(&s, pages - 2);
	ck_assert_int_eq(uffd_discard(s.region, 2 * s.m.page, s.m.page), 0);
	expect(&s, pages - 3);
	ck_assert_int_eq(uffd_demand(s.region, 0, s.m.page, NULL), 0);
	ck_assert_int_eq(uffd_prefetch(s.region, 0, s.m.length), 0);
	expect(&s, 0);
	ck_assert_int_eq(uffd_region_unfilled(NULL), -EINVAL);
	serve_end(&s);
}

static void unfilled_counts(void)
{
	each_backing(unfilled);
}

TEST_MAIN(unfilled_counts)
