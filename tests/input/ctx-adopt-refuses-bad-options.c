/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* uffd_ctx_adopt() takes no features in its options; what it refuses leaves the descriptor as it
 * was. */
#include "input.h"

static void refuses(int fd, struct uffd_ctx_opts o)
{
	struct uffd_ctx *ctx = NO_HANDLE(struct uffd_ctx);

	EXPECT(uffd_ctx_adopt(&ctx, fd, 0, &o), -EINVAL);
	ck_assert_ptr_eq(ctx, NO_HANDLE(struct uffd_ctx));
	ck_assert_int_eq(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
}

static void bad_options(void)
{
	const uint64_t size = sizeof(struct uffd_ctx_opts);
	struct uffd_ctx *ctx = NULL;
	int fd = test_uffd(0);

	ck_assert_int_eq(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK), 0);
	EXPECT(uffd_ctx_adopt(NULL, fd, 0, NULL), -EINVAL);
	refuses(fd, (struct uffd_ctx_opts){.size = size, .features = UFFD_FEATURE_THREAD_ID});
	refuses(fd,
		(struct uffd_ctx_opts){.size = size, .optional_features = UFFD_FEATURE_THREAD_ID});
	refuses(fd, (struct uffd_ctx_opts){.size = size, .flags = 1u << 3});
	refuses(fd, (struct uffd_ctx_opts){.size = size, .reserved = 1});
	for (uint64_t smaller = 0; smaller < size; smaller += sizeof(uint64_t))
		refuses(fd, (struct uffd_ctx_opts){.size = smaller});

	EXPECT(uffd_ctx_adopt(&ctx, fd, 0, &(struct uffd_ctx_opts){.size = size}), 0);
	EXPECT(uffd_ctx_fd(ctx), fd);
	ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	ck_assert_int_eq(fcntl(fd, F_GETFL), -1); /* it was the context's */
}

TEST_MAIN(bad_options)
