/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * With any number of free descriptors a loop of either poller opens and runs, or is EMFILE; none
 * leaks, and the context has no half of a loop.
 */
#include "input.h"

static int zero(struct uffd_region *r, const struct uffd_extent *e, void *user)
{
	(void)user;
	return uffd_zero(r, e->offset, e->length, 0);
}

static void with_few(uint32_t poller, uint64_t features)
{
	struct uffd_ctx *ctx = ctx_make(0, features);
	struct uffd_loop_opts o = {.size = sizeof(o), .poller = poller};
	int ret = -EMFILE, first = lowest_free();

	for (int n = 0; ret < 0; n++) {
		struct uffd_loop *loop = NO_HANDLE(struct uffd_loop);
		struct uffd_region *r;
		struct test_memory m;
		struct toucher t;

		ck_assert_int_lt(n, 8);
		leave_descriptors(n);
		ret = uffd_loop_open(&loop, ctx, &o);
		if (ret == 0) {
			EXPECT(uffd_loop_dispatch(loop, 0), 0);
			EXPECT(uffd_loop_close(loop), 0);
			EXPECT(uffd_loop_start(&loop, ctx, &o), 0);
		} else {
			ck_assert_ptr_eq(loop, NO_HANDLE(struct uffd_loop));
			EXPECT(uffd_loop_start(&loop, ctx, &o), ret);
		}
		leave_descriptors(-1);
		if (ret == -EOPNOTSUPP || ret == -ENOSYS || ret == -EPERM)
			break; /* no io_uring here */
		if (ret < 0) {
			EXPECT(ret, -EMFILE);
			ck_assert_int_eq(lowest_free(), first);
			continue;
		}
		test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
		r = REGION(ctx, &m, LIBUFFD_MISSING, .fault = zero);
		touch_start(&t, m.at, true, 1);
		ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
		EXPECT(uffd_loop_close(loop), 0);
		EXPECT(uffd_region_remove(r, LIBUFFD_CLOSE_REFUSE), 0);
		test_memory_free(&m);
		ck_assert_int_eq(lowest_free(), first);
	}
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

static void few_descriptors(void)
{
	with_few(LIBUFFD_POLLER_POLL, 0);
	with_few(LIBUFFD_POLLER_POLL, UFFD_FEATURE_EVENT_REMOVE);
	with_few(LIBUFFD_POLLER_URING, 0);
	with_few(LIBUFFD_POLLER_URING, UFFD_FEATURE_EVENT_REMOVE);
	with_few(LIBUFFD_POLLER_AUTO, 0);
}

TEST_MAIN(few_descriptors)
