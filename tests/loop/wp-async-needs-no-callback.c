/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* With UFFD_FEATURE_WP_ASYNC writes to protected pages go through at once, and no message comes. */
#include "serve.h"

#define PAGES 8

static void wp_async_needs_no_callback(void)
{
	struct served s;

	serve(&s, LIBUFFD_BACKING_ANON, PAGES,
	      UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_ASYNC, LIBUFFD_MISSING | LIBUFFD_WP,
	      (struct uffd_region_opts){0});
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	ck_assert_int_eq(uffd_writeprotect(s.region, 0, s.m.length, 1), 0);
	for (size_t k = 0; k < PAGES; k++)
		*(volatile uint8_t *)served_page(&s, k) = (uint8_t)k;
	for (size_t k = 0; k < PAGES; k++)
		s.content[k * s.m.page] = (uint8_t)k;
	ck_assert_int_eq(memcmp(s.m.at, s.content, s.m.length), 0);
	ck_assert_uint_eq(stats_of(s.ctx).faults_wp, 0);
	serve_end(&s);
}

TEST_MAIN(wp_async_needs_no_callback)
