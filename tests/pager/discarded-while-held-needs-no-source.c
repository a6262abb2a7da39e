/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A page whose source fails and that is thrown away before the last try is zeros, and not SIGBUS;
 * its neighbour, which nobody threw away, is SIGBUS; those that nobody touched are as they were.
 */
#include "serve.h"

#define PAGES 4

static struct uffd_region *region;
static _Atomic int reads;

/* The source itself is where the discard happens: after the claim, and before the last resort. */
static int64_t read_it(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	(void)user;
	(void)buffer;
	(void)length;
	(void)offset;
	if (atomic_fetch_add(&reads, 1) == 1)
		ck_assert_int_eq(uffd_discard(region, 4096, 4096), 0);
	return -EIO;
}

static void discarded_while_held_needs_no_source(void)
{
	const struct uffd_source_ops ops = {.size = sizeof(ops), .read = read_it};
	struct uffd_source *source;
	struct toucher t[2];
	struct served s;

	ck_assert_int_eq(uffd_source_open(&source, PAGES * 4096, &ops, NULL), 0);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_EVENT_REMOVE | UFFD_FEATURE_POISON,
	      LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source, .max_retries = 1, .retry_ns = 10000});
	region = s.region;
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	touch_start(&t[0], served_page(&s, 1), false, 0);
	touch_start(&t[1], served_page(&s, 2), false, 0);
	ck_assert_int_eq(touch_join(&t[0]), TOUCH_DONE);
	ck_assert_uint_eq(t[0].value, 0);
	ck_assert_int_eq(touch_join(&t[1]), TOUCH_SIGBUS);
	serve_settled(&s);
	ck_assert_uint_eq(page_state(&s, 0), LIBUFFD_PAGE_EMPTY);
	ck_assert_uint_eq(page_state(&s, 3), LIBUFFD_PAGE_EMPTY);
	ck_assert(all_zero(served_page(&s, 1), s.m.page));
	serve_end(&s);
}

TEST_MAIN(discarded_while_held_needs_no_source)
