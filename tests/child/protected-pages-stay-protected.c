/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What was protected or poisoned in the parent is so in the child: its first write is told of, with
 * the child's region, and lifts the child's protection alone; where the parent's writes are tracked
 * the child's are not, and just go on.
 */
#include "forked.h"

#include <setjmp.h>

#include <uffd/dirty.h>

#define PAGES  16u
#define POISON 5u

static struct served s;
static struct forked_queue q;
static _Atomic int calls, of_parent;
static _Atomic uint64_t lifted; /* a bit a page, of the child */
static sigjmp_buf jump;

static void on_sigbus(int signal)
{
	(void)signal;
	siglongjmp(jump, 1);
}

static int wp_fault(struct uffd_region *region, uint64_t offset, uint32_t tid, void *user)
{
	(void)tid;
	(void)user;
	if (region == s.region)
		atomic_fetch_add(&of_parent, 1);
	else
		atomic_fetch_or(&lifted, UINT64_C(1) << (offset / s.m.page));
	atomic_fetch_add(&calls, 1);
	return uffd_writeprotect(region, offset, s.m.page, 0);
}

static int reads_and_writes(void *arg)
{
	(void)arg;
	if (sigsetjmp(jump, 1) == 0) {
		signal(SIGBUS, on_sigbus);
		if (*(volatile uint8_t *)served_page(&s, POISON) || true)
			return 40;
	}
	for (size_t p = 0; p < PAGES; p++)
		if (p != POISON && !content_is(served_page(&s, p), p * s.m.page, s.m.page))
			return (int)p + 1;
	for (size_t p = 0; p < PAGES; p++)
		if (p != POISON)
			*(volatile uint8_t *)served_page(&s, p) = 0x42;
	return 0;
}

static void begin(uffd_wp_fn fn)
{
	struct uffd_loop_opts opts = forked_loop_opts(&q);

	memset(&q, 0, sizeof(q));
	atomic_store(&calls, 0);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES,
	      UFFD_FEATURE_EVENT_FORK | UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_POISON,
	      LIBUFFD_MISSING | LIBUFFD_WP,
	      (struct uffd_region_opts){.wp_fault = fn, .fault_around = 4096});
	s.loop = serve_start(s.ctx, &opts);
}

static void poison(void)
{
	struct uffd_extent e;

	ck_assert_int_eq(uffd_claim(s.region, POISON * s.m.page, s.m.page, &e), 0);
	ck_assert_int_eq(uffd_poison(s.region, POISON * s.m.page, s.m.page), 0);
}

static void end(void)
{
	struct adopted a;
	struct forked f;
	int answer;

	forked_make(&f, reads_and_writes, NULL);
	adopt_child(&a, forked_next(&q), &q);
	forked_go(&f);
	answer = forked_end(&f);
	ck_assert_msg(answer == 0, "the child says %d", answer);
	adopted_end(&a);
}

/* Pages 0-4 are there and protected; 6 is there and is not; the rest never came. */
static void told(void)
{
	begin(wp_fault);
	ck_assert_int_eq(uffd_demand(s.region, 0, 5 * s.m.page, NULL), 0);
	ck_assert_int_eq(uffd_demand(s.region, 6 * s.m.page, s.m.page, NULL), 0);
	poison();
	ck_assert_int_eq(uffd_writeprotect(s.region, 0, 5 * s.m.page, 1), 0);
	end();
	ck_assert_uint_eq(atomic_load(&lifted), 0x1f);
	ck_assert_int_eq(atomic_load(&of_parent), 0);
	/* The parent's are as they were. */
	for (size_t p = 0; p < PAGES; p++)
		if (p != POISON)
			ck_assert(served_right(&s, p));
	*(volatile uint8_t *)served_page(&s, 0) = 0x43;
	ck_assert_int_eq(atomic_load(&of_parent), 1);
	serve_end(&s);
}

static void tracked(void)
{
	struct uffd_dirty *dirty = NULL;

	begin(NULL);
	ck_assert_int_eq(uffd_demand(s.region, 0, 5 * s.m.page, NULL), 0);
	poison();
	ck_assert_int_eq(uffd_dirty_start(&dirty, s.region, NULL), 0);
	end();
	ck_assert_int_eq(atomic_load(&calls), 0);
	ck_assert_int_eq(uffd_dirty_stop(dirty), 0);
	serve_end(&s);
}

static void protected_pages(void)
{
	told();
	tracked();
}

TEST_MAIN(protected_pages)
