/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A child forks in its turn: the event comes to the child's own loop, and the grandchild is what
 * the child was then, written by it and filled for it.
 */
#include "forked.h"

#define PAGES 16u

static struct served s;
static struct forked_queue q, childs;
static int inner[2];

/* 0: filled in the parent; 1: filled in the child; 2: written by the child; the rest never came. */
static int grandchild(void)
{
	char c;

	if (read(inner[0], &c, 1) != 1)
		return 20;
	if (served_page(&s, 2)[0] != 0x42 || !all_zero(served_page(&s, 3), s.m.page))
		return 21;
	for (size_t p = 0; p < PAGES; p++)
		if (p != 2 && p != 3 && !content_is(served_page(&s, p), p * s.m.page, s.m.page))
			return (int)p + 1;
	return 0;
}

static int child(void *arg)
{
	int status;
	pid_t pid;

	(void)arg;
	if (!content_is(served_page(&s, 1), s.m.page, s.m.page))
		return 30;
	served_page(&s, 2)[0] = 0x42;
	if (madvise(served_page(&s, 3), s.m.page, MADV_DONTNEED))
		return 31;
	/* Not fork(3): the locks of the C library may be held by threads that are not here. */
	pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		_exit(grandchild());
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 32;
	served_page(&s, 4)[0] = 0x43;
	return WEXITSTATUS(status);
}

static void child_of_a_child(void)
{
	struct uffd_loop_opts opts = forked_loop_opts(&q);
	struct adopted a, b;
	struct forked f;

	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_EVENT_FORK | UFFD_FEATURE_EVENT_REMOVE,
	      LIBUFFD_MISSING, (struct uffd_region_opts){.fault_around = 4096});
	s.loop = serve_start(s.ctx, &opts);
	ck_assert_int_eq(pipe2(inner, O_CLOEXEC), 0);
	ck_assert(served_right(&s, 0));
	forked_make(&f, child, NULL);
	adopt_child(&a, forked_next(&q), &childs);
	forked_go(&f);
	adopt_child(&b, forked_next(&childs), &childs);
	ck_assert_uint_eq(atomic_load(&q.count), 1);
	ck_assert_int_eq(write(inner[1], "", 1), 1);
	ck_assert_int_eq(forked_end(&f), 0);
	adopted_end(&b);
	adopted_end(&a);
	serve_end(&s);
	close(inner[0]);
	close(inner[1]);
}

TEST_MAIN(child_of_a_child)
