/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A table comes with one descriptor, a userfaultfd whose handshake has been done. None, two, or
 * something else are refused, and nothing stays open.
 */
#include "wire.h"

#include <sys/eventfd.h>

static void refuses(const int *fds, size_t count, int error)
{
	const int types[] = {SOCK_STREAM, SOCK_SEQPACKET};
	struct wire w = wire_make(1);
	struct received got;
	int s[2];

	for (size_t i = 0; i < 2; i++) {
		sockets_make(s, types[i]);
		ck_assert_int_eq(send_plain(s[0], &w, wire_length(1), fds, count),
				 (ssize_t)wire_length(1));
		EXPECT(table_receive(s[1], &got), error);
		close_both(s);
	}
}

static void refuses_and_closes(int fd, int error)
{
	ck_assert_int_ge(fd, 0);
	refuses(&fd, 1, error);
	close(fd);
}

/* The second comes with a later piece of the message. */
static void refuses_a_late_one(int uffd, size_t at)
{
	struct wire w = wire_make(1);
	struct received got;
	struct tracer t;
	int s[2];

	sockets_make(s, SOCK_STREAM);
	tracer_make(&t);
	ck_assert_int_eq(send_plain(s[0], &w, at, &uffd, 1), (ssize_t)at);
	tracer_send(&t, s[0], (char *)&w + at, wire_length(1) - at, 1);
	EXPECT(table_receive(s[1], &got), -ENOBUFS);
	tracer_end(&t);
	close_both(s);
}

/* A descriptor that is refused is closed, and so is a good one with it. */
static void closes_what_it_refuses(int uffd, bool good_too)
{
	struct wire w = wire_make(1);
	struct received got;
	struct tracer t;
	int s[2], fds[2];

	sockets_make(s, SOCK_STREAM);
	tracer_make(&t);
	fds[0] = t.ends[1];
	fds[1] = uffd;
	ck_assert_int_eq(send_plain(s[0], &w, wire_length(1), fds, good_too ? 2 : 1),
			 (ssize_t)wire_length(1));
	close(t.ends[1]);
	EXPECT(table_receive(s[1], &got), good_too ? -ENOBUFS : -ENOTTY);
	tracer_end(&t);
	close_both(s);
}

static void wrong_descriptor(void)
{
	int uffd = uffd_make();
	int two[2] = {uffd, uffd};

	refuses(NULL, 0, -ENOMSG);
	refuses(two, 2, -ENOBUFS);
	refuses_a_late_one(uffd, 1);
	refuses_a_late_one(uffd, 23);
	refuses_a_late_one(uffd, 24);
	refuses_a_late_one(uffd, 25);
	closes_what_it_refuses(uffd, false);
	closes_what_it_refuses(uffd, true);
	refuses_and_closes(open("/proc/self/exe", O_RDONLY | O_CLOEXEC), -ENOTTY);
	refuses_and_closes(open("/", O_PATH | O_CLOEXEC), -ENOTTY);
	refuses_and_closes(memfd_create("anon_inode:[userfaultfd]", MFD_CLOEXEC), -ENOTTY);
	refuses_and_closes(eventfd(0, EFD_CLOEXEC), -ENOTTY);
	refuses_and_closes(uffd_raw_open(O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY, NULL),
			   -EPROTO);
	close(uffd);
}

TEST_MAIN(wrong_descriptor)
