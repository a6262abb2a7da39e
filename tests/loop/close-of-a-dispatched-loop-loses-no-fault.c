/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The same for a loop that the test dispatches: it is closed with faults that are in the kernel,
 * that its descriptor has announced, or that it has just answered in part.
 */
#include "serve.h"

#include <poll.h>

#define THREADS 5
#define ROUNDS  60

static void closed_after(int step)
{
	struct served s;
	struct toucher t[THREADS];
	struct pollfd p = {.events = POLLIN};

	serve(&s, LIBUFFD_BACKING_ANON, THREADS, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault_around = 4096});
	s.loop = serve_open(s.ctx, NULL);
	if (step >= 1)
		ck_assert_int_eq(uffd_loop_dispatch(s.loop, 0), 0); /* its requests are under way */
	for (size_t k = 0; k < THREADS; k++)
		touch_start(&t[k], served_page(&s, k), k & 1, 1);
	for (size_t k = 0; k < THREADS; k++)
		ck_assert(touch_asleep(&t[k]));
	p.fd = uffd_loop_fd(s.loop);
	if (step >= 2)
		while (poll(&p, 1, 10000) != 1)
			ck_assert_int_eq(errno, EINTR);
	if (step >= 3)
		ck_assert_int_gt(uffd_loop_dispatch(s.loop, 0), 0);
	ck_assert_int_eq(uffd_loop_close(s.loop), 0);
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < THREADS; k++)
		ck_assert_int_eq(touch_join(&t[k]), TOUCH_DONE);
	for (size_t k = 0; k < THREADS; k++)
		ck_assert_uint_eq(*served_page(&s, k), k & 1 ? 1 : s.content[k * s.m.page]);
	serve_end(&s);
}

static void close_of_a_dispatched_loop_loses_no_fault(void)
{
	for (int round = 0; round < ROUNDS; round++)
		closed_after(round % 4);
}

TEST_MAIN(close_of_a_dispatched_loop_loses_no_fault)
