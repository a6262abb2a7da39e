/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* An adoption that fails for want of memory leaves the descriptor as it was: the caller's. */
#include "input.h"

void *__wrap_calloc(size_t n, size_t size);
void *__wrap_mmap(void *at, size_t length, int prot, int flags, int fd, off_t offset);
void *__real_calloc(size_t n, size_t size);
void *__real_mmap(void *at, size_t length, int prot, int flags, int fd, off_t offset);

static int calls, failing;

void *__wrap_calloc(size_t n, size_t size)
{
	return ++calls == failing ? NULL : __real_calloc(n, size);
}

void *__wrap_mmap(void *at, size_t length, int prot, int flags, int fd, off_t offset)
{
	if (++calls == failing) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	return __real_mmap(at, length, prot, flags, fd, offset);
}

static void without_memory(void)
{
	int fd = test_uffd(0), ret = -ENOMEM, flags;
	struct uffd_ctx *ctx = NO_HANDLE(struct uffd_ctx);

	ck_assert_int_eq(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK), 0);
	flags = fcntl(fd, F_GETFL);
	for (int k = 1; ret < 0; k++) {
		ck_assert_int_lt(k, 20);
		calls = 0;
		failing = k;
		ret = uffd_ctx_adopt(&ctx, fd, 0, NULL);
		failing = 0;
		if (ret == 0)
			break;
		EXPECT(ret, -ENOMEM);
		ck_assert_ptr_eq(ctx, NO_HANDLE(struct uffd_ctx));
		ck_assert_int_eq(fcntl(fd, F_GETFL), flags);
	}
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(without_memory)
