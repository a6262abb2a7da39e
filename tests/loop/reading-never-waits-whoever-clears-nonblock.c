/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * O_NONBLOCK is the open file's, and whoever else has the descriptor can take it off: the process
 * whose memory it is. The thread that serves it must not wait in a read for that.
 */
#include "serve.h"

#include <sys/uio.h>

#define PAGES 4u

static struct served s;

static bool has_nowait(int fd)
{
	struct uffd_msg message;
	struct iovec iov = {&message, sizeof(message)};

	return preadv2(fd, &iov, 1, -1, RWF_NOWAIT) < 0 && errno == EAGAIN;
}

static void reading_never_waits_whoever_clears_nonblock(void)
{
	struct uffd_msg message;
	struct toucher t;
	int fd;

	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_EVENT_REMOVE, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault_around = (uint64_t)sysconf(_SC_PAGESIZE)});
	fd = uffd_ctx_fd(s.ctx);
	ck_assert_int_eq(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK), 0);
	/* A read that waits would wait for ever. */
	if (!has_nowait(fd))
		test_skip("this kernel reads a userfaultfd as its flags say (before 6.10)");
	alarm(5);
	ck_assert_int_eq(uffd_raw_read(fd, &message, 1), -EAGAIN);

	/* Nor does the end of a batch wait, when the flag goes while a loop serves; and it serves on. */
	ck_assert_int_eq(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK), 0);
	s.loop = serve_start(s.ctx, NULL);
	touch_start(&t, served_page(&s, 0), false, 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	for (size_t page = 1; page < PAGES; page++) {
		ck_assert_int_eq(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK), 0);
		touch_start(&t, served_page(&s, page), false, 0);
		ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	}
	ck_assert_int_eq(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK), 0);
	ck_assert_int_eq(uffd_loop_close(s.loop), 0);
	s.loop = NULL;
	alarm(0);
	serve_end(&s);
}

TEST_MAIN(reading_never_waits_whoever_clears_nonblock)
