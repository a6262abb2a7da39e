/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Where a seccomp filter refuses io_uring, LIBUFFD_POLLER_AUTO falls back to poll and works, and
 * LIBUFFD_POLLER_URING says why not.
 */
#include "refuse_syscall.h"
#include "serve.h"

#include <sys/wait.h>

static void refuse_io_uring(int error)
{
	if (refuse_syscall(SYS_io_uring_setup, error) < 0)
		_exit(77);
}

/* In a child: what a filter takes it never gives back. Returns the line that failed. */
#define REQUIRE(condition)                                                                         \
	do {                                                                                       \
		if (!(condition))                                                                  \
			return __LINE__ % 70 + 1;                                                  \
	} while (0)

static int refused(int error)
{
	struct uffd_loop_opts opts = {.size = sizeof(opts), .poller = LIBUFFD_POLLER_URING};
	struct served s;

	refuse_io_uring(error);
	serve(&s, LIBUFFD_BACKING_ANON, 4, 0, LIBUFFD_MISSING, (struct uffd_region_opts){0});
	REQUIRE(uffd_loop_open(&s.loop, s.ctx, &opts) == -error ||
		uffd_loop_open(&s.loop, s.ctx, &opts) == -EOPNOTSUPP);
	REQUIRE(uffd_loop_start(&s.loop, s.ctx, &opts) < 0);
	REQUIRE(s.loop == NULL);
	opts.poller = LIBUFFD_POLLER_AUTO;
	REQUIRE(uffd_loop_start(&s.loop, s.ctx, &opts) == 0);
	REQUIRE(stats_of(s.ctx).poller == LIBUFFD_POLLER_POLL);
	for (size_t k = 0; k < 4; k++)
		REQUIRE(served_right(&s, k));
	serve_end(&s);
	return 0;
}

static void io_uring_refused_by_seccomp(void)
{
	static const int errors[] = {EPERM, ENOSYS};

	for (size_t i = 0; i < 2; i++) {
		int status;
		pid_t pid = fork();

		if (pid == 0)
			_exit(refused(errors[i]));
		ck_assert_int_gt(pid, 0);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_msg(WIFEXITED(status), "the child died, status 0x%x", status);
		if (WEXITSTATUS(status) == 77)
			test_skip("no seccomp filter or no userfaultfd here");
		ck_assert_msg(WEXITSTATUS(status) == 0, "error %d: line %d of 70", errors[i],
			      WEXITSTATUS(status) - 1);
	}
}

TEST_MAIN(io_uring_refused_by_seccomp)
