/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * One loop a context, one thread a loop: another is -EBUSY; and a loop cannot be closed by its own
 * callback, nor a context while it has a loop.
 */
#include "serve.h"

static struct served s;
static _Atomic int from_callback = 1;
static _Atomic int entered;

static int fault(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	atomic_store(&from_callback, uffd_loop_close(s.loop));
	atomic_fetch_add(&entered, 1);
	return served_fault(region, extent, user);
}

static void *runs(void *arg)
{
	(void)arg;
	return (void *)(intptr_t)uffd_loop_run(s.loop);
}

static void close_is_refused_while_in_use(void)
{
	struct uffd_loop_opts opts = serve_loop_opts();
	struct uffd_loop *second;
	pthread_t thread;
	void *ret;
	int fd;

	serve(&s, LIBUFFD_BACKING_ANON, 32, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault = fault});
	s.loop = serve_open(s.ctx, NULL);
	ck_assert_int_eq(uffd_loop_open(&second, s.ctx, &opts), -EBUSY);
	ck_assert_int_eq(uffd_loop_start(&second, s.ctx, &opts), -EBUSY);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_DROP), -EBUSY);
	ck_assert_int_eq(uffd_ctx_release(s.ctx, &fd), -EBUSY);

	ck_assert_int_eq(pthread_create(&thread, NULL, runs, NULL), 0);
	ck_assert(served_right(&s, 0));
	ck_assert_int_eq(atomic_load(&from_callback), -EDEADLK);
	ck_assert_int_eq(uffd_loop_run(s.loop), -EBUSY);
	ck_assert_int_eq(uffd_loop_dispatch(s.loop, 0), -EBUSY);
	ck_assert_int_eq(uffd_loop_close(s.loop), -EBUSY);
	ck_assert(served_right(&s, 20));
	ck_assert_int_eq(uffd_loop_stop(s.loop), 0);
	pthread_join(thread, &ret);
	ck_assert_int_eq((intptr_t)ret, 0);
	ck_assert_int_eq(uffd_loop_close(s.loop), 0);

	/* Then another may be opened. */
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(uffd_loop_run(s.loop), -EBUSY);
	serve_end(&s);
}

TEST_MAIN(close_is_refused_while_in_use)
