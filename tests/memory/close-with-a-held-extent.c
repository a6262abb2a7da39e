/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * An extent that is held after errors, or waits for its next try, is nobody's claim: refusing to
 * close leaves it, and every other way of closing settles it, for a region and for a context alike.
 */
#include "demand.h"
#include "failing.h"

static void hold(struct served *s, struct demander *d, uint32_t max_retries)
{
	failing_make(s, LIBUFFD_BACKING_ANON, LIBUFFD_ON_ERROR_HOLD, max_retries);
	atomic_store(&failing, -EIO);
	/* The demand is given up, what it began is not. */
	demand_start(d, s->region, 0, s->m.page, &(struct timespec){0, 1});
	ck_assert_int_eq(demand_join(d), -ETIMEDOUT);
	expect_state(s, 0, 1, LIBUFFD_PAGE_BUSY);
}

static int end(struct served *s, bool whole, uint32_t how)
{
	return whole ? uffd_ctx_close(s->ctx, how) : uffd_region_remove(s->region, how);
}

static void settle(uint32_t how, bool whole, uint32_t max_retries)
{
	size_t n = claim_pages(LIBUFFD_BACKING_ANON);
	struct demander d;
	struct toucher t;
	struct served s;

	hold(&s, &d, max_retries);
	ck_assert_int_eq(end(&s, whole, LIBUFFD_CLOSE_REFUSE), -EBUSY);
	expect_state(&s, 0, 1, LIBUFFD_PAGE_BUSY);
	if (how == LIBUFFD_CLOSE_FINISH) {
		ck_assert_int_eq(end(&s, whole, how), -EIO);
		atomic_store(&failing, 0);
	}
	ck_assert_msg(end(&s, whole, how) == 0, "how %u, %s", how, whole ? "context" : "region");
	if (how == LIBUFFD_CLOSE_FINISH)
		expect_content(&s, 0, n);
	if (how == LIBUFFD_CLOSE_DROP)
		ck_assert(all_zero(s.m.at, s.m.length));
	if (how == LIBUFFD_CLOSE_POISON) {
		touch_start(&t, s.m.at, false, 0);
		ck_assert_int_eq(touch_join(&t), TOUCH_SIGBUS);
	}
	if (!whole)
		ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_REFUSE), 0);
	munmap(s.content, s.m.length);
	test_memory_free(&s.m);
}

/* A removal that fails for another reason: the demand that slept for it comes to its content. */
static void failed_removal(void)
{
	struct demander d, before;
	struct served s;

	hold(&s, &before, UINT32_MAX);
	demand_start(&d, s.region, 0, s.m.page, NULL);
	ck_assert(demand_asleep(&d));
	claim(&s, 2, 1);
	atomic_store(&failing, 0);
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_DROP), -EBUSY);
	ck_assert_int_eq(demand_join(&d), 0);
	expect_content(&s, 0, 1);
	ck_assert_int_eq(uffd_abandon(s.region, 2 * s.m.page, s.m.page), 0);
	serve_end(&s);
}

static void held_extent(void)
{
	for (int whole = 0; whole < 2; whole++) {
		for (uint32_t how = LIBUFFD_CLOSE_FINISH; how <= LIBUFFD_CLOSE_DROP; how++) {
			settle(how, whole, UINT32_MAX);
			settle(how, whole, 1000000);
		}
	}
	failed_removal();
}
TEST_MAIN(held_extent)
