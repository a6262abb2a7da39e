/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The userfaultfd that EVENT_FORK brings is installed in the descriptor table of whoever reads the
 * message: here a child process that inherited the parent's descriptor.
 */
#include "call.h"
#include "expect.h"

#include <poll.h>
#include <sys/wait.h>

#define NOT_A_UFFD 1

static void read_the_event(int fd, int *number)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	struct uffd_msg msg = {.event = 0};

	if (poll(&p, 1, 10000) != 1 || uffd_raw_read(fd, &msg, 1) != 1 ||
	    msg.event != UFFD_EVENT_FORK)
		_exit(2);
	*number = (int)msg.arg.fork.ufd;
	/* It is a userfaultfd that has had its handshake. */
	_exit(uffd_raw_api(*number, 0, NULL, NULL) == -EINVAL ? 0 : NOT_A_UFFD);
}

static void fork_event_descriptor(void)
{
	struct test_memory m;
	struct call c;
	int *number = mmap(NULL, sizeof(*number), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int fd = test_uffd(UFFD_FEATURE_EVENT_FORK), status = 0;
	pid_t reader;

	ck_assert_ptr_ne(number, MAP_FAILED);
	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	reader = fork(); /* nothing is registered yet: no event */
	if (reader == 0)
		read_the_event(fd, number);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	call_fork(&c);
	ck_assert_int_eq(waitpid(reader, &status, 0), reader);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	ck_assert_int_eq(call_join(&c), 0);
	/* Nothing of that number here. */
	ck_assert_int_eq(fcntl(*number, F_GETFD), -1);
	munmap(number, sizeof(*number));
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(fork_event_descriptor)
