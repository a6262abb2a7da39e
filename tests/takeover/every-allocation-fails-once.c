/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Wherever an allocation, a mapping or room in the file is refused, going on from a state is
 * -ENOMEM or -ENOSPC, nothing is left behind, and the state is as good for the next try.
 */
#include "local.h"

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_mmap(void *at, size_t length, int prot, int flags, int fd, off_t offset);
int __wrap_fallocate(int fd, int mode, off_t offset, off_t length);
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_mmap(void *at, size_t length, int prot, int flags, int fd, off_t offset);
int __real_fallocate(int fd, int mode, off_t offset, off_t length);

#define PAGES 64

static long calls, failing; /* which call fails; 0: none */

static bool fails(void)
{
	return ++calls == failing;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_mmap(void *at, size_t length, int prot, int flags, int fd, off_t offset)
{
	if (!fails())
		return __real_mmap(at, length, prot, flags, fd, offset);
	errno = ENOMEM;
	return MAP_FAILED;
}

int __wrap_fallocate(int fd, int mode, off_t offset, off_t length)
{
	if (mode || !fails())
		return __real_fallocate(fd, mode, offset, length);
	errno = ENOSPC;
	return -1;
}

/* Opens, adds both, of which the first has a state, and gives it up again. The first error, or 0. */
static int go_on(int state, uint8_t *memory, size_t page, long k)
{
	struct uffd_region *r[2] = {NULL, NULL};
	struct uffd_ctx *ctx = NULL;
	int ret, fd;

	calls = 0;
	failing = k;
	ret = local_try(&ctx, state, UFFD_FEATURE_EVENT_REMOVE);
	if (ret == 0)
		ret = local_add(&r[0], ctx, memory, PAGES * page);
	if (ret == 0)
		ret = local_add(&r[1], ctx, memory + PAGES * page, PAGES * page);
	failing = 0;
	if (r[0])
		ck_assert_int_eq(uffd_region_page(r[0], 0), LIBUFFD_PAGE_CACHED);
	if (r[1])
		ck_assert_int_eq(uffd_region_page(r[1], 0), LIBUFFD_PAGE_EMPTY);
	if (r[1])
		ck_assert_int_eq(uffd_region_remove(r[1], LIBUFFD_CLOSE_DROP), 0);
	if (ctx && r[0])
		ck_assert_int_eq(local_loop(ctx), 0);
	if (ctx) {
		ck_assert_int_eq(uffd_ctx_release(ctx, &fd), 0);
		close(fd);
	}
	return ret;
}

static void each_fails(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *memory = mmap(NULL, 2 * PAGES * page, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int state = local_state(), ret;
	struct uffd_ctx *ctx;
	struct uffd_region *r;
	long k = 0, total;

	ck_assert(memory != MAP_FAILED);
	ctx = local_ctx(state);
	ck_assert_int_eq(local_add(&r, ctx, memory, PAGES * page), 0);
	ck_assert_int_eq(uffd_demand(r, 0, page, NULL), 0);
	local_release(ctx);
	do {
		ret = go_on(state, memory, page, ++k);
		total = calls;
		ck_assert_msg(ret == 0 || ret == -ENOMEM || ret == -ENOSPC, "failing call %ld: %d",
			      k, ret);
		ck_assert_int_eq(go_on(state, memory, page, 0), 0);
	} while (k <= total);
	ck_assert_int_gt(k, 8);
	munmap(memory, 2 * PAGES * page);
	close(state);
}

TEST_MAIN(each_fails)
