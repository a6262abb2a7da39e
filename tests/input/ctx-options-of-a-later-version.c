/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A longer options struct is taken when all that is not known here is zero, else refused. */
#include "input.h"

static void later_version(void)
{
	LONGER(struct uffd_ctx_opts) o;
	struct uffd_ctx *ctx = NO_HANDLE(struct uffd_ctx);
	int fd;

	close(test_uffd(0));
	memset(&o, 0, sizeof(o));
	o.opts.size = sizeof(o);
	fd = test_uffd(0);
	for (size_t i = sizeof(o.opts); i < sizeof(o); i++) {
		o.bytes[i] = 1;
		EXPECT(uffd_ctx_open(&ctx, &o.opts), -E2BIG);
		EXPECT(uffd_ctx_adopt(&ctx, fd, 0, &o.opts), -E2BIG);
		ck_assert_ptr_eq(ctx, NO_HANDLE(struct uffd_ctx));
		o.bytes[i] = 0;
	}
	EXPECT(uffd_ctx_open(&ctx, &o.opts), 0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	EXPECT(uffd_ctx_adopt(&ctx, fd, 0, &o.opts), 0);
	EXPECT(uffd_ctx_fd(ctx), fd);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(later_version)
