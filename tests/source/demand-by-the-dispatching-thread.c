/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * uffd_demand() by the thread that dispatches, between two turns: of a source that is answered by
 * another thread EDEADLK, and the pages come all the same; of one that answers at once, or a file,
 * which is read in this thread, they are there.
 */
#include "later.h"
#include "slow_file.h"

#define PAGES 64u

static int now(struct later *l, uint64_t offset, uint64_t length)
{
	(void)l;
	(void)offset;
	(void)length;
	return LATER_NOW;
}

static void answered_later(void)
{
	struct later l;
	struct served s;

	later_make(&l, PAGES * 4096, NULL);
	later_serve(&s, &l, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
		    (struct uffd_region_opts){0});
	s.loop = serve_open(s.ctx, NULL);
	ck_assert_int_ge(uffd_loop_dispatch(s.loop, 0), 0);
	ck_assert_int_eq(uffd_demand(s.region, 0, 4 * 4096, NULL), -EDEADLK);
	ck_assert_uint_eq(later_count(&l), 1);
	later_answer_all(&l);
	ck_assert_int_eq(uffd_demand(s.region, 0, 4 * 4096, NULL), 0);
	for (size_t k = 0; k < 4; k++)
		ck_assert(served_right(&s, k));
	serve_end(&s);
	later_free(&l);
}

static void answered_at_once(void)
{
	struct later l;
	struct served s;

	later_make(&l, PAGES * 4096, now);
	later_serve(&s, &l, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
		    (struct uffd_region_opts){0});
	s.loop = serve_open(s.ctx, NULL);
	ck_assert_int_ge(uffd_loop_dispatch(s.loop, 0), 0);
	ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	ck_assert_int_eq(memcmp(s.m.at, s.content, s.m.length), 0);
	serve_end(&s);
	later_free(&l);
}

static int file_make(void)
{
	int fd = memfd_create("content", MFD_CLOEXEC);
	uint8_t *content = content_make(PAGES * 4096);

	ck_assert_int_eq(write(fd, content, PAGES * 4096), PAGES * 4096);
	munmap(content, PAGES * 4096);
	return fd;
}

static void of_a_file(void)
{
	struct uffd_source *source;
	int fd = file_make();
	struct served s;

	ck_assert_int_eq(uffd_source_open_fd(&source, fd, NULL), 0);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source});
	uffd_source_close(source);
	s.loop = serve_open(s.ctx, NULL);
	ck_assert_int_ge(uffd_loop_dispatch(s.loop, 0), 0);
	ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	ck_assert_int_eq(memcmp(s.m.at, s.content, s.m.length), 0);
	serve_end(&s);
	close(fd);
}

/* Its first try fails: the second is this thread's too, not one that it would have to dispatch for. */
static void of_a_file_that_fails_once(void)
{
	struct uffd_source *source;
	struct slow_file f;
	struct served s;

	slow_file_make(&f, PAGES * 4096);
	slow_fail(&f, 1, EIO);
	ck_assert_int_eq(uffd_source_open_fd(&source, f.fd, NULL), 0);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source, .retry_ns = 20000});
	uffd_source_close(source);
	s.loop = serve_open(s.ctx, NULL);
	ck_assert_int_ge(uffd_loop_dispatch(s.loop, 0), 0);
	ck_assert_int_eq(uffd_demand(s.region, 0, 4096, NULL), 0);
	ck_assert(served_right(&s, 0));
	serve_end(&s);
	slow_file_free(&f);
}

static void demand_by_the_dispatching_thread(void)
{
	answered_later();
	answered_at_once();
	of_a_file();
	of_a_file_that_fails_once();
}

TEST_MAIN(demand_by_the_dispatching_thread)
