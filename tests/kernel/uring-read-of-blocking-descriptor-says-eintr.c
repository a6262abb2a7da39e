/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* An io_uring READ of a userfaultfd without O_NONBLOCK ends with EINTR at once, with no fault. */
#include "expect.h"
#include "uring.h"

static void read_of_blocking_descriptor(void)
{
	struct uffd_msg msg;
	struct completion cqe;
	struct io_uring_sqe *sqe;
	struct uring u;
	int fd;

	close(test_uffd(0));
	fd = uffd_raw_open(O_CLOEXEC, NULL);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(uffd_raw_api(fd, 0, NULL, NULL), 0);
	uring_make(&u, 0, sizeof(msg));
	sqe = io_uring_get_sqe(&u.ring);
	io_uring_prep_read(sqe, fd, &msg, sizeof(msg), 0);
	ck_assert_int_eq(io_uring_submit(&u.ring), 1);
	cqe = uring_next(&u);
	ck_assert_int_eq(cqe.res, -EINTR);
	uring_free(&u);
	close(fd);
}
TEST_MAIN(read_of_blocking_descriptor)
