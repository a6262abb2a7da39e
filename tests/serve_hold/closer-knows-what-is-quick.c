/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A userfaultfd is closed at once, so that it never waits behind what takes its time; a TCP socket
 * that would linger throws away what it has not sent, and does not take a thread for an hour.
 */
#include "support.h"

#include <sys/eventfd.h>

#include <uffd/raw.h>

#include "lingering.h"
#include "serve/closer.h"

static void userfaultfd_is_closed_at_once(void)
{
	int fd = uffd_raw_open(O_CLOEXEC | O_NONBLOCK, NULL);

	if (fd < 0)
		test_skip("userfaultfd: %s", strerror(-fd));
	closer_close(fd);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	closer_close(-1);
}

static void tcp_socket_is_aborted(void)
{
	const struct timeval patience = {.tv_sec = 10};
	struct lingering l;
	char bytes[65536];
	ssize_t n;

	lingering_make(&l);
	closer_close(l.socket);
	setsockopt(l.other, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	/* What it had received may come before. */
	while ((n = recv(l.other, bytes, sizeof(bytes), 0)) > 0)
		;
	ck_assert_int_eq(n, -1);
	ck_assert_int_eq(errno, ECONNRESET);
	close(l.other);
}

static void closer_knows_what_is_quick(void)
{
	int before = descriptors_of(getpid());

	userfaultfd_is_closed_at_once();
	tcp_socket_is_aborted();
	closer_close(eventfd(0, EFD_CLOEXEC));
	await_descriptors(getpid(), before);
}

TEST_MAIN(closer_knows_what_is_quick)
