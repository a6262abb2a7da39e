/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A thread that waits for held content is served when it can be had, also after a refused close. */
#include "input_held.h"

static void served(struct held *h)
{
	atomic_store(&h->answer, 0);
	alarm(10);
	held_loop(h);
	/* Held still, or faulting again: either way it gets its content. */
	ck_assert_int_ge(uffd_region_resume(h->r), 0);
	ck_assert_int_eq(touch_join(&h->t), TOUCH_DONE);
	ck_assert_int_eq(h->t.value, 0x42);
	alarm(0);
	EXPECT(uffd_loop_close(h->loop), 0);
	EXPECT(uffd_ctx_close(h->ctx, LIBUFFD_CLOSE_FINISH), 0);
	test_memory_free(&h->m);
}

static void forgets_none(void)
{
	struct uffd_extent e;
	struct held h;

	held_make(&h);
	EXPECT(uffd_region_remove(h.r, LIBUFFD_CLOSE_REFUSE), -EBUSY);
	EXPECT(uffd_ctx_close(h.ctx, LIBUFFD_CLOSE_REFUSE), -EBUSY);
	served(&h);

	held_make(&h);
	EXPECT(uffd_region_remove(h.r, LIBUFFD_CLOSE_FINISH), -EIO);
	served(&h);

	held_make(&h);
	EXPECT(uffd_ctx_close(h.ctx, LIBUFFD_CLOSE_FINISH), -EIO);
	served(&h);

	held_make(&h);
	EXPECT(uffd_claim(h.r, h.m.page, h.m.page, &e), 0);
	EXPECT(uffd_region_remove(h.r, LIBUFFD_CLOSE_DROP), -EBUSY);
	EXPECT(uffd_ctx_close(h.ctx, LIBUFFD_CLOSE_DROP), -EBUSY);
	EXPECT(uffd_abandon(h.r, h.m.page, h.m.page), 0);
	served(&h);
}

TEST_MAIN(forgets_none)
