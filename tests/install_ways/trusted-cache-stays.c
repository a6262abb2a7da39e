/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * With TRUST_CACHE what is in the page cache is right, mapped or not: in every way to install, by
 * fault, demand and prefetch, and by the fault of a neighbour, it stays as it is, and only holes
 * are brought. What would write over it is refused.
 */
#include "ways.h"

#define PAGES 32u

static bool is_cached(size_t page)
{
	return page % 7 == 3 || (page >= 16 && page < 20);
}

enum by { BY_FAULT, BY_DEMAND, BY_PREFETCH, BYS };

static void stays(const struct way *w, enum by by)
{
	size_t pages = way_is_huge(w) ? 4 : PAGES;
	struct uffd_source *source;
	struct served s = {0};
	void *before;

	if (w->modes != WAY_BOTH || w->install == LIBUFFD_INSTALL_ALIAS ||
	    w->install == LIBUFFD_INSTALL_POPULATE || !way_has_memory(w, pages))
		return;
	test_memory_make(&s.m, w->backing, pages);
	s.content = content_make(s.m.length);
	/* Filled through another mapping, which is gone again. */
	before = test_memory_alias(&s.m);
	for (size_t k = 0; k < pages; k++) {
		if (!is_cached(k))
			continue;
		memset((uint8_t *)before + k * s.m.page, (int)(0x80 + k), s.m.page);
		memset(s.content + k * s.m.page, (int)(0x80 + k), s.m.page);
	}
	munmap(before, s.m.length);
	s.ctx = serve_ctx(0);
	source = plain_source(s.m.length);
	s.region = serve_region(
		&s, &s.m, w->modes,
		way_opts(w, (struct uffd_region_opts){.source = source,
						      .flags = LIBUFFD_REGION_TRUST_CACHE}));
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	if (by == BY_DEMAND)
		ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	if (by == BY_PREFETCH)
		ck_assert_int_eq(way_prefetch(&s), 0);
	/* The first fault is of a hole, beside what is there. */
	for (size_t k = 0; k < pages; k++)
		if (memcmp(served_page(&s, k), s.content + k * s.m.page, s.m.page))
			ck_abort_msg("%s, by %d: page %zu is wrong", w->name, (int)by, k);
	serve_end(&s);
}

static void refused(uint32_t install)
{
	struct uffd_region_opts opts = {
		.size = sizeof(opts),
		.flags = LIBUFFD_REGION_TRUST_CACHE | LIBUFFD_REGION_FD | LIBUFFD_REGION_ALIAS,
		.install = install,
	};
	struct uffd_region *region;
	struct served s = {0};

	test_memory_make(&s.m, LIBUFFD_BACKING_SHMEM, PAGES);
	s.ctx = serve_ctx(0);
	opts.fd = s.m.fd;
	opts.source = plain_source(s.m.length);
	ck_assert_int_eq(uffd_region_add(&region, s.ctx, s.m.at, s.m.length, WAY_BOTH, &opts),
			 -EOPNOTSUPP);
	uffd_source_close(opts.source);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_REFUSE), 0);
	test_memory_free(&s.m);
}

static void trusted_cache_stays(void)
{
	refused(LIBUFFD_INSTALL_ALIAS);
	refused(LIBUFFD_INSTALL_POPULATE);
	for (size_t i = 0; i < WAYS; i++)
		for (enum by by = 0; by < BYS; by++)
			stays(&ways[i], by);
}

TEST_MAIN(trusted_cache_stays)
