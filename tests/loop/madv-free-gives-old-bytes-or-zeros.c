/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * MADV_FREE leaves a page what it was until the kernel takes it; then it is zeros. A page that was
 * not filled is zeros at once.
 */
#include "serve.h"

#define PAGES 32

/* In this order: the kernel may take the page while it is looked at, and then it stays zeros. */
static bool old_or_zeros(const struct served *s, size_t page)
{
	return (page < 16 && served_right(s, page)) || all_zero(served_page(s, page), s->m.page);
}

static void madv_free_gives_old_bytes_or_zeros(void)
{
	struct served s;

	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_EVENT_REMOVE, LIBUFFD_MISSING,
	      (struct uffd_region_opts){0});
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < 16; k++)
		ck_assert(served_right(&s, k));
	ck_assert_int_eq(madvise(s.m.at, s.m.length, MADV_FREE), 0);
	/* Reclaims freed pages now, where the kernel has it. */
	madvise(served_page(&s, 8), 8 * s.m.page, MADV_PAGEOUT);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert_msg(old_or_zeros(&s, k), "page %zu", k);
	ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert_msg(old_or_zeros(&s, k), "page %zu", k);
	serve_end(&s);
}

TEST_MAIN(madv_free_gives_old_bytes_or_zeros)
