/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What register advertises lies about MOVE: it is there for shared memory, where MOVE is EINVAL. */
#include "expect.h"

static void move_is_advertised_on_shmem(void)
{
	struct test_memory m;
	uint64_t ioctls = 0;
	int fd = test_uffd(UFFD_FEATURE_MISSING_SHMEM | UFFD_FEATURE_MOVE);

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 2);
	memset(page_at(&m, 1), 7, m.page);
	ck_assert_int_eq(uffd_raw_register(fd, address(m.at), m.length,
					   UFFDIO_REGISTER_MODE_MISSING, &ioctls),
			 0);
	ck_assert_msg(ioctls & (1u << _UFFDIO_MOVE),
		      "fact changed: MOVE is no longer advertised on shared memory");
	EXPECT_ERROR(ask_move(fd, m.at, page_at(&m, 1), m.page, 0), -EINVAL);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(move_is_advertised_on_shmem)
