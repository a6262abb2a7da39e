/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Content that is held is waited for until the deadline: ETIMEDOUT, and later it can still come. */
#include "input_held.h"

static void held_content(void)
{
	struct timespec soon;
	struct held h;

	held_make(&h);
	alarm(10);
	clock_gettime(CLOCK_MONOTONIC, &soon);
	EXPECT(uffd_demand(h.r, 0, h.m.page, &soon), -ETIMEDOUT);
	soon.tv_nsec += 10 * 1000 * 1000;
	soon.tv_sec += soon.tv_nsec / 1000000000;
	soon.tv_nsec %= 1000000000;
	EXPECT(uffd_demand(h.r, 0, 2 * h.m.page, &soon), -ETIMEDOUT);
	atomic_store(&h.answer, 0);
	ck_assert_int_ge(uffd_region_resume(h.r), 1);
	EXPECT(uffd_demand(h.r, 0, 2 * h.m.page, NULL), 0); /* without a loop: this thread tries */
	ck_assert_int_eq(touch_join(&h.t), TOUCH_DONE);
	ck_assert_int_eq(h.t.value, 0x42);
	alarm(0);
	EXPECT(uffd_ctx_close(h.ctx, LIBUFFD_CLOSE_REFUSE), 0);
	test_memory_free(&h.m);
}

TEST_MAIN(held_content)
