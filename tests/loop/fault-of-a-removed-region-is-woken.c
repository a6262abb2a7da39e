/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A thread waits for a page whose region is removed before the loop has read its fault: it goes on,
 * and the loop is not troubled by the message.
 */
#include "serve.h"

static void fault_of_a_removed_region_is_woken(void)
{
	struct served s;
	struct test_memory other;
	struct uffd_region *region;
	struct toucher t[2];

	serve(&s, LIBUFFD_BACKING_ANON, 4, 0, LIBUFFD_MISSING, (struct uffd_region_opts){0});
	test_memory_make(&other, LIBUFFD_BACKING_SHMEM, 4);
	region = serve_region(&s, &other, LIBUFFD_MISSING | LIBUFFD_MINOR,
			      (struct uffd_region_opts){0});
	s.loop = serve_open(s.ctx, NULL);
	ck_assert_int_eq(uffd_loop_dispatch(s.loop, 0), 0);
	touch_start(&t[0], other.at, false, 0);
	ck_assert(touch_asleep(&t[0]));
	touch_start(&t[1], served_page(&s, 0), false, 0);
	ck_assert(touch_asleep(&t[1]));
	ck_assert_int_eq(uffd_region_remove(region, LIBUFFD_CLOSE_REFUSE), -EBUSY);
	ck_assert_int_eq(uffd_region_remove(region, LIBUFFD_CLOSE_DROP), 0);
	ck_assert_int_eq(touch_join(&t[0]), TOUCH_DONE);
	ck_assert_uint_eq(t[0].value, 0);
	DISPATCH_UNTIL(s.loop, atomic_load(&t[1].state) != TOUCH_RUNNING);
	ck_assert_int_eq(touch_join(&t[1]), TOUCH_DONE);
	ck_assert_uint_eq(t[1].value, s.content[0]);
	test_memory_free(&other);
	serve_end(&s);
}

TEST_MAIN(fault_of_a_removed_region_is_woken)
