/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A write to a write-protected page calls wp_fault, and the writer sleeps until
 * uffd_writeprotect() lifts the protection; reads pass.
 */
#include "serve.h"

#define PAGES 8

static struct served s;
static _Atomic uint64_t offset = UINT64_MAX;
static _Atomic uint32_t tid;
static _Atomic int wp_calls;

static int wp_fault(struct uffd_region *region, uint64_t at, uint32_t who, void *user)
{
	(void)user;
	atomic_store(&tid, who);
	atomic_store(&offset, at); /* what the test waits for */
	atomic_fetch_add(&wp_calls, 1);
	/* Page 2 now; the others are the test's. */
	return at == 2 * s.m.page ? uffd_writeprotect(region, at, s.m.page, 0) : 0;
}

static void wp_fault_calls_back(void)
{
	struct toucher t;

	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_PAGEFAULT_FLAG_WP,
	      LIBUFFD_MISSING | LIBUFFD_WP, (struct uffd_region_opts){.wp_fault = wp_fault});
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	ck_assert_int_eq(uffd_writeprotect(s.region, 0, s.m.length, 1), 0);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert(served_right(&s, k));
	ck_assert_int_eq(atomic_load(&wp_calls), 0);

	*(volatile uint8_t *)served_page(&s, 2) = 1;
	ck_assert_uint_eq(atomic_load(&offset), 2 * s.m.page);

	touch_start(&t, served_page(&s, 5) + 7, true, 0x42);
	WAIT_UNTIL(atomic_load(&offset) == 5 * s.m.page);
	ck_assert(touch_asleep(&t));
	ck_assert_uint_eq(atomic_load(&tid), atomic_load(&t.tid));
	ck_assert_uint_eq(served_page(&s, 5)[8], s.content[5 * s.m.page + 8]);
	ck_assert_int_eq(uffd_writeprotect(s.region, 5 * s.m.page, s.m.page, 0), 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_uint_eq(served_page(&s, 5)[7], 0x42);
	ck_assert_uint_ge(stats_of(s.ctx).faults_wp, 2);
	serve_end(&s);
}

TEST_MAIN(wp_fault_calls_back)
