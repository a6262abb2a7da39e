/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A CONTINUE that fails for want of memory in a region that trusts the cache, and has no callback,
 * is tried again.
 */
#include "serve.h"

int64_t __real_uffd_raw_continue(int fd, uint64_t at, uint64_t length, uint64_t mode);
int64_t __wrap_uffd_raw_continue(int fd, uint64_t at, uint64_t length, uint64_t mode);

static _Atomic int failures;

int64_t __wrap_uffd_raw_continue(int fd, uint64_t at, uint64_t length, uint64_t mode)
{
	if (atomic_fetch_sub(&failures, 1) > 0)
		return -ENOMEM;
	return __real_uffd_raw_continue(fd, at, length, mode);
}

static void failed_continue_is_tried_again(void)
{
	struct served s;

	serve(&s, LIBUFFD_BACKING_SHMEM, 8, 0, LIBUFFD_MINOR,
	      (struct uffd_region_opts){.flags = LIBUFFD_REGION_TRUST_CACHE, .retry_ns = 20000});
	ck_assert_int_eq(pwrite(s.m.fd, s.content, s.m.length, 0), (ssize_t)s.m.length);
	atomic_store(&failures, 2);
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < 8; k++)
		ck_assert(served_right(&s, k));
	ck_assert_int_le(atomic_load(&failures), 0);
	serve_end(&s);
}

TEST_MAIN(failed_continue_is_tried_again)
