/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Somebody else's loop: the descriptor of uffd_loop_fd() polls readable, by epoll and by poll, when
 * there is something to dispatch, and not when there is nothing.
 */
#include "serve.h"

#include <poll.h>
#include <sys/epoll.h>

#define PAGES 256u

static struct served s;
static int epoll = -1;

static int ready(int timeout)
{
	struct epoll_event event;
	struct pollfd p = {.fd = uffd_loop_fd(s.loop), .events = POLLIN};
	int n;

	/* Polling a ring may be interrupted by the kernel's own work in this thread. */
	do
		n = epoll >= 0 ? epoll_wait(epoll, &event, 1, timeout) : poll(&p, 1, timeout);
	while (n < 0 && errno == EINTR);
	return n;
}

/* Nothing is there: after what is left over has been taken. */
static void expect_idle(void)
{
	for (int i = 0; i < 3 && ready(0); i++)
		ck_assert_int_eq(uffd_loop_dispatch(s.loop, 0), 0);
	ck_assert_int_eq(ready(0), 0);
}

static void *reads(void *arg)
{
	(void)arg;
	for (size_t k = 0; k < PAGES; k += 2)
		if (!served_right(&s, k))
			return arg;
	return NULL;
}

static void served_by(bool by_epoll, uint64_t features)
{
	struct epoll_event event = {.events = EPOLLIN};
	pthread_t thread;
	struct toucher t;
	void *ret = NULL;

	serve(&s, LIBUFFD_BACKING_ANON, PAGES, features, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault_around = 4096});
	s.loop = serve_open(s.ctx, NULL);
	epoll = by_epoll ? epoll_create1(EPOLL_CLOEXEC) : -1;
	if (by_epoll)
		ck_assert_int_eq(epoll_ctl(epoll, EPOLL_CTL_ADD, uffd_loop_fd(s.loop), &event), 0);
	expect_idle();
	ck_assert_int_eq(uffd_loop_timeout(s.loop), -1);
	touch_start(&t, served_page(&s, 1), false, 0);
	ck_assert_int_eq(ready(10000), 1);
	ck_assert_int_eq(uffd_loop_dispatch(s.loop, 0), 1);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_uint_eq(t.value, s.content[s.m.page]);
	expect_idle();

	ck_assert_int_eq(pthread_create(&thread, NULL, reads, &s), 0);
	while (stats_of(s.ctx).pages_copied < PAGES / 2 + 1) {
		ck_assert_msg(ready(10000) == 1, "a fault did not make it readable");
		ck_assert_int_ge(uffd_loop_dispatch(s.loop, 0), 0);
	}
	pthread_join(thread, &ret);
	ck_assert_ptr_null(ret);
	expect_idle();
	if (features & UFFD_FEATURE_EVENT_REMOVE) {
		struct toucher again;

		touch_start(&again, served_page(&s, 3), false, 0);
		ck_assert_int_eq(ready(10000), 1);
		ck_assert_int_ge(uffd_loop_dispatch(s.loop, 0), 1);
		ck_assert_int_eq(touch_join(&again), TOUCH_DONE);
		expect_idle();
	}
	/* A stop makes it readable too. */
	ck_assert_int_eq(uffd_loop_stop(s.loop), 0);
	ck_assert_int_eq(ready(10000), 1);
	ck_assert_int_eq(uffd_loop_dispatch(s.loop, 0), -ECANCELED);
	expect_idle();
	if (epoll >= 0)
		close(epoll);
	serve_end(&s);
}

static void own_loop_polls_the_descriptor(void)
{
	served_by(true, 0);
	served_by(false, 0);
	served_by(true, UFFD_FEATURE_EVENT_REMOVE);
	served_by(false, UFFD_FEATURE_EVENT_REMOVE);
}

TEST_MAIN(own_loop_polls_the_descriptor)
