/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A run whose memory the kernel sees as several mappings, because the protection of its middle was
 * changed since it was registered, is completed in one call all the same.
 */
#include "claims.h"

enum way { COPY, ZERO, CONTINUE, POPULATE, MOVE, POISON, WAYS };

static bool possible(const struct served *s, uint32_t backing, enum way way)
{
	switch (way) {
	case CONTINUE:
	case POPULATE:
		return is_shared(backing);
	case MOVE:
		return backing == LIBUFFD_BACKING_ANON &&
		       uffd_ctx_features(s->ctx) & UFFD_FEATURE_MOVE;
	case POISON:
		return uffd_ctx_features(s->ctx) & UFFD_FEATURE_POISON;
	default:
		return true;
	}
}

static int64_t complete(struct served *s, enum way way)
{
	switch (way) {
	case COPY:
		return uffd_copy(s->region, 0, s->content, s->m.length, 0);
	case ZERO:
		return uffd_zero(s->region, 0, s->m.length, 0);
	case CONTINUE:
		memcpy(uffd_region_alias(s->region), s->content, s->m.length);
		return uffd_continue(s->region, 0, s->m.length, 0);
	case POPULATE:
		return uffd_populate(s->region, 0, s->content, s->m.length, 0);
	case MOVE:
		return uffd_move(s->region, 0, s->content, s->m.length, 0);
	default:
		return uffd_poison(s->region, 0, s->m.length);
	}
}

static void over_mappings(uint32_t backing)
{
	size_t n = claim_pages(backing);
	struct toucher t[3];
	struct served s;

	for (enum way way = COPY; way < WAYS; way++) {
		size_t waited[3] = {0, 1, n - 1};

		claims_make(&s, backing, 0, 0, is_shared(backing) ? LIBUFFD_REGION_ALIAS : 0);
		if (!possible(&s, backing, way)) {
			serve_end(&s);
			continue;
		}
		for (size_t p = 1; p < n; p += 3)
			ck_assert_int_eq(mprotect(served_page(&s, p), s.m.page, PROT_READ), 0);
		claim(&s, 0, n);
		for (int i = 0; i < 3; i++)
			wait_start(&s, &t[i], waited[i]);
		ck_assert_int_eq(complete(&s, way), 0);
		for (int i = 0; i < 3; i++)
			ck_assert_int_eq(touch_join(&t[i]),
					 way == POISON ? TOUCH_SIGBUS : TOUCH_DONE);
		expect_state(&s, 0, n, way == POISON ? LIBUFFD_PAGE_POISONED : LIBUFFD_PAGE_CACHED);
		if (way == ZERO)
			expect_zeros(&s, 0, n);
		for (int i = 0; i < 3 && way != ZERO && way != POISON; i++)
			ck_assert_uint_eq(t[i].value, content_byte(waited[i] * s.m.page));
		if (way != ZERO && way != POISON && way != POPULATE)
			for (size_t p = 0; p < n; p++)
				ck_assert(content_is(served_page(&s, p), p * s.m.page, s.m.page));
		serve_end(&s);
	}
}

static void several_mappings(void)
{
	each_backing(over_mappings);
}
TEST_MAIN(several_mappings)
