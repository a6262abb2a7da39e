/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A program with a loop of its own waits for two descriptors, the library's and that of its own
 * input and output. The reads of a prefetch are answered by itself, between two turns: the prefetch
 * goes on to its end, though nothing else ever happens. With EBUSY too.
 */
#include "later.h"

#include <poll.h>
#include <sys/eventfd.h>

#define PAGES 4096u

static struct later l;
static struct served s;
static int io = -1;
static _Atomic uint32_t most;

/* Tells the program's loop that there is something to answer. */
static int one_more(struct later *who, uint64_t offset, uint64_t length)
{
	uint64_t one = 1;

	(void)offset;
	(void)length;
	if (later_count(who) >= atomic_load(&most))
		return -EBUSY;
	return write(io, &one, sizeof(one)) == sizeof(one) ? LATER_HOLD : -EIO;
}

static void answered(uint32_t at_once, uint64_t budget)
{
	struct uffd_prefetch_opts opts = {.size = sizeof(opts), .budget = budget};
	struct uffd_prefetch_progress p = {.size = sizeof(p)};
	struct uffd_prefetch *prefetch;
	struct pollfd fds[2];

	atomic_store(&most, at_once);
	io = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ck_assert_int_ge(io, 0);
	later_make(&l, PAGES * 4096, one_more);
	later_serve(&s, &l, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
		    (struct uffd_region_opts){.install = LIBUFFD_INSTALL_COPY});
	s.loop = serve_open(s.ctx, NULL);
	fds[0] = (struct pollfd){.fd = uffd_loop_fd(s.loop), .events = POLLIN};
	fds[1] = (struct pollfd){.fd = io, .events = POLLIN};
	ck_assert_int_ge(uffd_loop_dispatch(s.loop, 0), 0);
	ck_assert_int_eq(uffd_prefetch_start(&prefetch, s.region, &opts), 0);
	do {
		int due = uffd_loop_timeout(s.loop), n;
		uint64_t count;

		n = poll(fds, 2, due >= 0 ? due : 10000);
		ck_assert_msg(n > 0 || due >= 0 || (n < 0 && errno == EINTR),
			      "nothing tells that there is something to do");
		if (fds[0].revents || n == 0)
			ck_assert_int_ge(uffd_loop_dispatch(s.loop, 0), 0);
		if (fds[1].revents && read(io, &count, sizeof(count)) > 0)
			later_answer_all(&l);
		ck_assert_int_eq(uffd_prefetch_progress(prefetch, &p), 0);
	} while (p.state == LIBUFFD_PREFETCH_RUNNING);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), 0);
	uffd_prefetch_close(prefetch);
	ck_assert_int_eq(memcmp(s.m.at, s.content, s.m.length), 0);
	serve_end(&s);
	later_free(&l);
	close(io);
}

static void own_loop_answers_between_turns(void)
{
	answered(1000, 0);
	answered(1000, 131072);
	answered(2, 0);
}

TEST_MAIN(own_loop_answers_between_turns)
