/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A thread waits for a page that another thread unmaps: it does not wait for ever, but takes what
 * is mapped there instead, or SIGSEGV.
 */
#include "serve.h"

static struct served s;
static _Atomic int came;

static int later(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	(void)region;
	(void)extent;
	(void)user;
	atomic_fetch_add(&came, 1);
	return 0;
}

static void unmap_wakes_who_waits_there(void)
{
	struct toucher t;

	serve(&s, LIBUFFD_BACKING_ANON, 8, UFFD_FEATURE_EVENT_UNMAP, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault = later});
	s.loop = serve_start(s.ctx, NULL);
	touch_start(&t, served_page(&s, 2), false, 0);
	WAIT_UNTIL(atomic_load(&came) == 1);
	ck_assert(touch_asleep(&t));
	/* Something else in its place, so that the thread need not die. */
	ck_assert_ptr_eq(mmap(served_page(&s, 2), s.m.page, PROT_READ,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
			 served_page(&s, 2));
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, s.m.length, 0), -ENOENT);
	WAIT_UNTIL(atomic_load(&t.state) != TOUCH_RUNNING);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_uint_eq(t.value, 0);
	ck_assert(served_right(&s, 1));
	ck_assert(served_right(&s, 3));
	serve_end(&s);
}

TEST_MAIN(unmap_wakes_who_waits_there)
