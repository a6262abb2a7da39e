/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* MOVE works on a userfaultfd whose handshake did not ask for UFFD_FEATURE_MOVE. */
#include "expect.h"

static void move_without_its_feature(void)
{
	struct test_memory m;
	uint64_t has = 0;
	uint8_t *from;
	int fd = test_uffd(0);

	ck_assert_int_eq(uffd_raw_features(&has), 0);
	if (!(has & UFFD_FEATURE_MOVE))
		test_skip("the kernel has no MOVE");
	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	from = pattern_make(&m, 5);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	EXPECT_ANSWER(ask_move(fd, m.at, from, m.page, 0), 0, m.page);
	ck_assert(bytes_are(m.at, 5, m.page));
	ck_assert(!page_mapped(from));
	pattern_free(&m, from);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(move_without_its_feature)
