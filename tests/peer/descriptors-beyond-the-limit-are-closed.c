/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Where the process may not open all that comes, the message is -ENOBUFS and nothing stays open. */
#include "wire.h"

#include <sys/resource.h>

#define SENT 4u

/* Fills the table up to the limit, but for so many. Returns how many it took. */
static size_t fill_table(int *fds, size_t most, size_t spare)
{
	size_t n = 0;

	while (n < most && (fds[n] = dup(STDERR_FILENO)) >= 0)
		n++;
	ck_assert_uint_lt(n, most);
	ck_assert_uint_ge(n, spare);
	while (spare--)
		close(fds[--n]);
	return n;
}

static void refuses(const int s[2], size_t spare)
{
	int fds[LIBUFFD_FDPASS_MAX], filler[64];
	uint32_t count = LIBUFFD_FDPASS_MAX;
	struct tracer t;
	size_t n;
	char byte;

	tracer_make(&t);
	tracer_send(&t, s[0], "x", 1, SENT);
	n = fill_table(filler, 64, spare);
	EXPECT(uffd_fdpass_receive(s[1], &byte, 1, fds, &count), spare < SENT ? -ENOBUFS : 1);
	ck_assert_uint_eq(count, spare < SENT ? LIBUFFD_FDPASS_MAX : SENT);
	for (uint32_t i = 0; spare >= SENT && i < count; i++)
		close(fds[i]);
	tracer_end(&t);
	while (n--)
		close(filler[n]);
}

static void refuses_a_table(const int s[2])
{
	struct wire w = wire_make(1);
	struct received got;
	struct tracer t;
	int filler[64];
	size_t n;

	tracer_make(&t);
	tracer_send(&t, s[0], &w, wire_length(1), 1);
	n = fill_table(filler, 64, 0);
	EXPECT(table_receive(s[1], &got), -ENOBUFS);
	tracer_end(&t);
	while (n--)
		close(filler[n]);
}

static void beyond_the_limit(void)
{
	struct rlimit usual, few;
	int s[2], lowest = dup(STDERR_FILENO);

	ck_assert_int_ge(lowest, 0);
	close(lowest);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &usual), 0);
	few = usual;
	few.rlim_cur = (rlim_t)lowest + 32;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	sockets_make(s, SOCK_STREAM);
	for (size_t spare = 0; spare <= SENT; spare++)
		refuses(s, spare);
	refuses_a_table(s);
	close_both(s);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &usual), 0);
}

TEST_MAIN(beyond_the_limit)
