/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Where the holder can have no child a descriptor stays open, and is closed by the first child that
 * it can have; it never has more than so many at once.
 */
#include "support.h"

#include <signal.h>

#include "serve/holder.h"

static bool refuses;

pid_t __real_fork(void);
pid_t __wrap_fork(void);

pid_t __wrap_fork(void)
{
	if (!refuses)
		return __real_fork();
	errno = EAGAIN;
	return -1;
}

/* The end of a pipe to write, and the other. */
static int pipe_make(int *other)
{
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	*other = ends[0];
	return ends[1];
}

/* Waits until nobody has the end to write. */
static void expect_end(int other)
{
	char byte;

	ck_assert_int_eq(read(other, &byte, 1), 0);
	close(other);
}

static void closing_waits_for_a_child(void)
{
	struct holder h = {0};
	int before = descriptors_of(getpid());
	int fds[3], others[100];

	signal(SIGCHLD, SIG_IGN);
	ck_assert_uint_eq(holder_close_postponed(&h, 1), UINT64_MAX);
	refuses = true;
	for (int i = 0; i < 3; i++) {
		fds[i] = pipe_make(&others[i]);
		holder_close(&h, fds[i]);
		ck_assert_int_ge(fcntl(fds[i], F_GETFD), 0);
	}
	ck_assert_uint_gt(holder_close_postponed(&h, 1), 1);
	ck_assert_uint_lt(holder_close_postponed(&h, 1), UINT64_MAX);
	ck_assert_uint_eq(h.postponed_count, 3);
	refuses = false;
	ck_assert_uint_eq(holder_close_postponed(&h, 1), UINT64_MAX);
	for (int i = 0; i < 3; i++)
		expect_end(others[i]);
	ck_assert_uint_eq(h.postponed_count, 0);

	for (int i = 0; i < 100; i++)
		holder_close(&h, pipe_make(&others[i]));
	while (holder_close_postponed(&h, 1) != UINT64_MAX)
		;
	for (int i = 0; i < 100; i++)
		expect_end(others[i]);
	ck_assert_int_le(descriptors_of(getpid()), before + HOLDER_CLOSERS);
	for (int i = 0; i < HOLDER_CLOSERS; i++)
		if (h.closers[i])
			close(h.closers[i]);
	ck_assert_int_eq(descriptors_of(getpid()), before);
	free(h.postponed);
}

TEST_MAIN(closing_waits_for_a_child)
