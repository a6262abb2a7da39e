/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Where the page cache is trusted its pages stay as they are and are mapped, whoever asks for them
 * and however a run that has them in it is completed; only its holes get content.
 */
#include "claims.h"

static bool there(size_t page)
{
	return page % 2 == 1;
}

static void make(struct served *s, uint32_t backing)
{
	struct uffd_region_opts opts = {.size = sizeof(opts),
					.flags = LIBUFFD_REGION_FD | LIBUFFD_REGION_TRUST_CACHE,
					.fault = served_fault,
					.user = s};
	uint8_t *alias;

	memset(s, 0, sizeof(*s));
	test_memory_make(&s->m, backing, claim_pages(backing));
	s->content = content_make(s->m.length);
	alias = test_memory_alias(&s->m);
	for (size_t p = 0; p < claim_pages(backing); p++)
		if (there(p))
			memset(alias + p * s->m.page, 0xee, s->m.page);
	munmap(alias, s->m.length);
	s->ctx = serve_ctx(0);
	opts.fd = s->m.fd;
	ck_assert_int_eq(uffd_region_add(&s->region, s->ctx, s->m.at, s->m.length,
					 LIBUFFD_MISSING | LIBUFFD_MINOR, &opts),
			 0);
}

static void expect_kept(struct served *s, bool zeros)
{
	for (size_t p = 0; p < s->m.length / s->m.page; p++) {
		ck_assert_uint_eq(page_state(s, p), LIBUFFD_PAGE_CACHED);
		ck_assert(page_mapped(served_page(s, p)));
		if (there(p))
			ck_assert_msg(bytes_are(served_page(s, p), 0xee, s->m.page),
				      "page %zu of the trusted cache was overwritten", p);
		else if (zeros)
			expect_zeros(s, p, 1);
		else
			expect_content(s, p, 1);
	}
}

static void kept(uint32_t backing)
{
	struct served s;

	if (!is_shared(backing))
		return;
	make(&s, backing);
	ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	expect_kept(&s, false);
	serve_end(&s);

	make(&s, backing);
	ck_assert_int_eq(uffd_prefetch(s.region, 0, s.m.length), 0);
	expect_kept(&s, false);
	serve_end(&s);

	make(&s, backing);
	claim(&s, 0, claim_pages(backing));
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, s.m.length, 0), 0);
	expect_kept(&s, false);
	serve_end(&s);

	make(&s, backing);
	claim(&s, 0, claim_pages(backing));
	ck_assert_int_eq(uffd_zero(s.region, 0, s.m.length, 0), 0);
	expect_kept(&s, true);
	serve_end(&s);
}

static void is_not_overwritten(void)
{
	each_backing(kept);
}
TEST_MAIN(is_not_overwritten)
