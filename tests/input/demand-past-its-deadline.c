/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A deadline that has passed, however long ago, is ETIMEDOUT while a page is being filled. */
#include "input.h"

static void *demand(void *arg)
{
	struct uffd_region *r = arg;
	static const struct timespec past[] = {{1, 0},  {0, 1},          {0, 0},
					       {-1, 0}, {-1, 999999999}, {INT64_MIN, 0}};
	struct timespec now;

	for (size_t i = 0; i < sizeof(past) / sizeof(past[0]); i++)
		if (uffd_demand(r, 0, uffd_region_length(r), &past[i]) != -ETIMEDOUT)
			return (void *)(uintptr_t)(i + 1);
	clock_gettime(CLOCK_MONOTONIC, &now);
	return uffd_demand(r, 0, uffd_region_length(r), &now) == -ETIMEDOUT ? NULL : (void *)1000;
}

static void past_deadline(void)
{
	struct uffd_ctx *ctx = ctx_make(0, 0);
	const struct timespec past = {1, 0};
	uint64_t give_up;
	struct uffd_region *r;
	struct uffd_extent e;
	struct test_memory m;
	pthread_t thread;
	void *wrong = NULL;
	bool hangs;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	r = REGION(ctx, &m, LIBUFFD_MISSING, .fault = fault_later);
	/* It brings what it can before it looks at the time. */
	EXPECT(uffd_demand(r, 0, m.page, &past), -ETIMEDOUT);
	EXPECT(uffd_claim(r, 0, m.page, &e), -EBUSY);
	ck_assert_int_eq(pthread_create(&thread, NULL, demand, r), 0);
	give_up = test_now() + SETTLE_MS * UINT64_C(1000000);
	while ((hangs = pthread_tryjoin_np(thread, &wrong) != 0) && test_now() < give_up)
		sched_yield();
	/* What it waits for lets it go; a second time where a wrong deadline waits again. */
	EXPECT(uffd_zero(r, 0, m.page, 0), 0);
	if (hangs)
		pthread_join(thread, &wrong);
	ck_assert_msg(!hangs, "a demand sleeps past its deadline");
	ck_assert_msg(!wrong, "deadline %d was not past", (int)(uintptr_t)wrong - 1);
	EXPECT(uffd_demand(r, 0, m.page, &past), 0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	test_memory_free(&m);
}

TEST_MAIN(past_deadline)
