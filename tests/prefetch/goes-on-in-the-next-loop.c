/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A loop is closed in the middle of a prefetch: what is in flight is installed all the same,
 * nothing is begun without a loop, and the next loop goes on, also one whose program only waits for
 * its descriptor.
 */
#include "later.h"

#include <poll.h>

#define PAGES 8192u

static struct later l;
static struct served s;

static struct uffd_prefetch_progress progress(struct uffd_prefetch *prefetch)
{
	struct uffd_prefetch_progress p = {.size = sizeof(p)};

	ck_assert_int_eq(uffd_prefetch_progress(prefetch, &p), 0);
	return p;
}

/* As a program's own loop does it: waits for the descriptor, as long as the loop says. */
static void own_loop(struct uffd_prefetch *prefetch)
{
	struct pollfd fd;

	s.loop = serve_open(s.ctx, NULL);
	fd = (struct pollfd){.fd = uffd_loop_fd(s.loop), .events = POLLIN};
	while (progress(prefetch).state == LIBUFFD_PREFETCH_RUNNING) {
		int due = uffd_loop_timeout(s.loop), n;

		n = poll(&fd, 1, due >= 0 ? due : 10000);
		ck_assert_msg(n > 0 || due >= 0 || (n < 0 && errno == EINTR),
			      "nothing tells that there is something to do");
		ck_assert_int_ge(uffd_loop_dispatch(s.loop, 0), 0);
	}
}

static void goes_on(bool own, uint64_t budget)
{
	struct uffd_prefetch_opts opts = {.size = sizeof(opts), .budget = budget};
	struct uffd_prefetch *prefetch;
	uint32_t asked;

	later_make(&l, PAGES * 4096, NULL);
	later_serve(&s, &l, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
		    (struct uffd_region_opts){.install = LIBUFFD_INSTALL_COPY});
	ck_assert_int_eq(uffd_prefetch_start(&prefetch, s.region, &opts), 0);
	for (int round = 0; round < 2; round++) {
		s.loop = serve_start(s.ctx, NULL);
		WAIT_UNTIL(later_count(&l) >= 2);
		ck_assert_int_eq(uffd_loop_close(s.loop), 0);
		s.loop = NULL;
		asked = later_asked(&l);
		later_answer_all(&l);
		ck_assert_uint_eq(later_asked(&l), asked);
		ck_assert_uint_eq(progress(prefetch).bytes_in_flight, 0);
		ck_assert_uint_eq(progress(prefetch).bytes_brought, l.brought);
		ck_assert_uint_eq(progress(prefetch).state, LIBUFFD_PREFETCH_RUNNING);
		for (size_t k = 0; k < l.brought / 4096; k++)
			ck_assert_msg(served_right(&s, k), "page %zu", k);
	}
	later_start(&l, false);
	if (own)
		own_loop(prefetch);
	else
		s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), 0);
	later_stop(&l);
	uffd_prefetch_close(prefetch);
	ck_assert_int_eq(memcmp(s.m.at, s.content, s.m.length), 0);
	ck_assert(later_none_twice(&l));
	serve_end(&s);
	later_free(&l);
}

static void goes_on_in_the_next_loop(void)
{
	goes_on(false, 0);
	goes_on(false, 524288);
	goes_on(true, 0);
	goes_on(true, 524288);
}

TEST_MAIN(goes_on_in_the_next_loop)
