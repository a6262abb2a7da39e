/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* With any number of free descriptors opening a context works, or is EMFILE and leaks none. */
#include "input.h"

static void few_descriptors(void)
{
	int ret = -EMFILE, first;

	close(test_uffd(0));
	first = lowest_free();
	for (int n = 0; ret < 0; n++) {
		struct uffd_ctx *ctx = NO_HANDLE(struct uffd_ctx);

		ck_assert_int_lt(n, 4);
		leave_descriptors(n);
		ret = uffd_ctx_open(&ctx, NULL);
		leave_descriptors(-1);
		if (ret == 0) {
			ck_assert_int_ge(n, 1);
			EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
		} else {
			EXPECT(ret, -EMFILE);
			ck_assert_ptr_eq(ctx, NO_HANDLE(struct uffd_ctx));
		}
		ck_assert_int_eq(lowest_free(), first);
	}
}

TEST_MAIN(few_descriptors)
