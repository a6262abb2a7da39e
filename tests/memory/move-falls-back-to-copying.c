/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Pages that cannot be moved, because a child shares them, because they were never touched or
 * because they lie in another mapping than the page before, are copied in the same call.
 */
#include "claims.h"

#include <sys/wait.h>

#define PAGES 6

static void begin(struct served *s)
{
	memset(s, 0, sizeof(*s));
	test_memory_make(&s->m, LIBUFFD_BACKING_ANON, PAGES);
	s->content = content_make(s->m.length);
	s->ctx = serve_ctx(UFFD_FEATURE_MOVE);
	claims_add(s, LIBUFFD_MISSING, 0);
	claim(s, 0, PAGES);
}

static void shared_with_a_child(void)
{
	struct served s;
	int hold[2];
	pid_t pid;

	begin(&s);
	ck_assert_int_eq(pipe2(hold, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		char c;

		close(hold[1]);
		_exit(read(hold[0], &c, 1) != 0);
	}
	ck_assert_int_gt(pid, 0);
	/* Page 2 is this process's alone again. */
	s.content[2 * s.m.page] = content_byte(2 * s.m.page);
	ck_assert_int_eq(uffd_move(s.region, 0, s.content, s.m.length, 0), 0);
	ck_assert_uint_eq(stats_of(s.ctx).pages_moved, 1);
	ck_assert_uint_eq(stats_of(s.ctx).pages_copied, PAGES - 1);
	for (size_t p = 0; p < PAGES; p++)
		ck_assert(content_is(served_page(&s, p), p * s.m.page, s.m.page));
	expect_state(&s, 0, PAGES, LIBUFFD_PAGE_CACHED);
	close(hold[0]);
	close(hold[1]);
	waitpid(pid, NULL, 0);
	serve_end(&s);
}

static void with_holes(void)
{
	struct served s;

	begin(&s);
	ck_assert_int_eq(madvise(s.content, s.m.page, MADV_DONTNEED), 0);
	ck_assert_int_eq(madvise(s.content + 3 * s.m.page, 2 * s.m.page, MADV_DONTNEED), 0);
	ck_assert_int_eq(uffd_move(s.region, 0, s.content, s.m.length, 0), 0);
	for (size_t p = 0; p < PAGES; p++) {
		if (p == 0 || p == 3 || p == 4)
			expect_zeros(&s, p, 1);
		else
			ck_assert(content_is(served_page(&s, p), p * s.m.page, s.m.page));
	}
	ck_assert_uint_eq(stats_of(s.ctx).pages_moved, 3);
	serve_end(&s);
}

static void from_two_mappings(void)
{
	struct served s;

	begin(&s);
	ck_assert_int_eq(mprotect(s.content, 2 * s.m.page, PROT_READ), 0);
	ck_assert_int_eq(uffd_move(s.region, 0, s.content, s.m.length, 0), 0);
	for (size_t p = 0; p < PAGES; p++)
		ck_assert(content_is(served_page(&s, p), p * s.m.page, s.m.page));
	serve_end(&s);
}

static void falls_back(void)
{
	shared_with_a_child();
	with_holes();
	from_two_mappings();
}
TEST_MAIN(falls_back)
