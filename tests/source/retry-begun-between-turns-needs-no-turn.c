/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Somebody else's loop: a fault's second try is begun by a call between two turns. Its answer makes
 * the descriptor readable, though nothing is dispatched before that.
 */
#include "ring_reads.h"

#include <poll.h>

#define PAGES 16u

static _Atomic uint32_t errors;

static int64_t fails(const struct file_read *read, int64_t n)
{
	(void)read;
	if (!atomic_load(&errors))
		return n;
	atomic_fetch_sub(&errors, 1);
	return -EIO;
}

static bool ready(struct uffd_loop *loop, int fd, int timeout)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int n, due = uffd_loop_timeout(loop);

	if (due >= 0 && due < timeout)
		timeout = due;
	do
		n = poll(&p, 1, timeout);
	while (n < 0 && errno == EINTR);
	return n > 0 || due >= 0;
}

static void retry_begun_between_turns_needs_no_turn(void)
{
	char path[] = "/var/tmp/uffd-test-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC), loop_fd, ret;
	struct uffd_source *source;
	struct timespec soon;
	uint64_t until;
	struct toucher t;
	struct served s;

	ck_assert_int_ge(fd, 0);
	unlink(path);
	ck_assert_int_eq(ftruncate(fd, PAGES * 4096), 0);
	ck_assert_int_eq(uffd_source_open_fd(&source, fd, NULL), 0);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source, .retry_ns = 100000000});
	ck_assert_int_eq(pwrite(fd, s.content, s.m.length, 0), (ssize_t)s.m.length);
	uffd_source_close(source);
	s.loop = serve_open(s.ctx, NULL);
	ring_hear(s.ctx, fails);
	loop_fd = uffd_loop_fd(s.loop);
	ck_assert_int_ge(loop_fd, 0);
	atomic_store(&errors, 1);
	touch_start(&t, served_page(&s, 3), false, 0);
	DISPATCH_UNTIL(s.loop,
		       atomic_load(&t.state) != TOUCH_RUNNING || stats_of(s.ctx).source_retries);
	/* Nothing is left that would make it readable anyway. */
	while (poll(&(struct pollfd){.fd = loop_fd, .events = POLLIN}, 1, 0) > 0)
		ck_assert_int_ge(uffd_loop_dispatch(s.loop, 0), 0);
	clock_gettime(CLOCK_MONOTONIC, &soon);
	soon.tv_sec += 5;
	ret = uffd_demand(s.region, 0, 4096, &soon);
	ck_assert_msg(ret == 0 || ret == -EDEADLK, "uffd_demand: %d", ret);
	/* The thread may have its page, and not be done yet. */
	until = test_now() + UINT64_C(10000000000);
	while (atomic_load(&t.state) == TOUCH_RUNNING) {
		ck_assert_msg(test_now() < until, "nothing tells of the read");
		if (ready(s.loop, loop_fd, 50))
			ck_assert_int_ge(uffd_loop_dispatch(s.loop, 0), 0);
	}
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert(served_right(&s, k));
	serve_end(&s);
	close(fd);
}

TEST_MAIN(retry_begun_between_turns_needs_no_turn)
