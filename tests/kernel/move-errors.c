/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * MOVE onto a present page is EEXIST, of a hole ENOENT (unless ALLOW_SRC_HOLES), of a page that a
 * child process shares EBUSY. Nothing is moved.
 */
#include "expect.h"

#include <signal.h>
#include <sys/wait.h>

static void move_of_a_shared_page(int fd, struct test_memory *to, struct test_memory *from)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	ck_assert_int_gt(pid, 0);
	EXPECT_ERROR(ask_move(fd, page_at(to, 1), page_at(from, 0), to->page, 0), -EBUSY);
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert(!page_mapped(page_at(to, 1)));
	ck_assert(bytes_are(page_at(from, 0), 9, from->page));
}

static void move_errors(void)
{
	struct test_memory to, from;
	int fd = test_uffd(UFFD_FEATURE_MOVE);

	test_memory_make(&to, LIBUFFD_BACKING_ANON, 2);
	test_memory_make(&from, LIBUFFD_BACKING_ANON, 2);
	memset(page_at(&to, 0), 1, to.page);
	memset(page_at(&from, 0), 9, from.page);
	expect_register(fd, &to, UFFDIO_REGISTER_MODE_MISSING);

	EXPECT_ERROR(ask_move(fd, page_at(&to, 0), page_at(&from, 0), to.page, 0), -EEXIST);
	ck_assert(bytes_are(page_at(&to, 0), 1, to.page));
	EXPECT_ERROR(ask_move(fd, page_at(&to, 1), page_at(&from, 1), to.page, 0), -ENOENT);
	EXPECT_ERROR(ask_move(fd, page_at(&to, 1), page_at(&from, 1), to.page,
			      UFFDIO_MOVE_MODE_ALLOW_SRC_HOLES),
		     0);
	move_of_a_shared_page(fd, &to, &from);
	test_memory_free(&from);
	test_memory_free(&to);
	close(fd);
}
TEST_MAIN(move_errors)
