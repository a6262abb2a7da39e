/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What the library itself holds is no claim of the program's: closing settles it and wakes waiters.
 */
#include "input_held.h"

static void remove_or_close(struct held *h, bool whole, uint32_t how)
{
	if (!whole)
		EXPECT(uffd_region_remove(h->r, how), 0);
	EXPECT(uffd_ctx_close(h->ctx, how), 0);
}

static void ends(bool whole)
{
	struct held h;

	alarm(10);
	held_make(&h);
	remove_or_close(&h, whole, LIBUFFD_CLOSE_DROP);
	ck_assert_int_eq(touch_join(&h.t), TOUCH_DONE);
	ck_assert_int_eq(h.t.value, 0);
	test_memory_free(&h.m);

	held_make(&h);
	remove_or_close(&h, whole, LIBUFFD_CLOSE_POISON);
	ck_assert_int_eq(touch_join(&h.t), TOUCH_SIGBUS);
	test_memory_free(&h.m);

	held_make(&h);
	atomic_store(&h.answer, 0);
	remove_or_close(&h, whole, LIBUFFD_CLOSE_FINISH);
	ck_assert_int_eq(touch_join(&h.t), TOUCH_DONE);
	ck_assert_int_eq(h.t.value, 0x42);
	ck_assert_uint_eq(*((volatile uint8_t *)h.m.at + h.m.page), 0x42);
	test_memory_free(&h.m);
	alarm(0);
}

static void what_is_held(void)
{
	ends(false);
	ends(true);
}

TEST_MAIN(what_is_held)
