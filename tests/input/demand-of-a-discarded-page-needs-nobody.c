/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A page thrown away is zeros: it can be demanded though nobody brings content, and never hangs. */
#include "input.h"

static void discarded(void)
{
	struct uffd_ctx *ctx = ctx_make(LIBUFFD_CTX_DISCARDS, UFFD_FEATURE_MINOR_SHMEM);
	struct timespec soon;
	struct uffd_region *r;
	struct test_memory m;
	int ret;

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 2);
	r = REGION(ctx, &m, LIBUFFD_MINOR, .flags = LIBUFFD_REGION_TRUST_CACHE | LIBUFFD_REGION_FD,
		   .fd = m.fd);
	EXPECT(uffd_discard(r, 0, m.page), 0);
	clock_gettime(CLOCK_MONOTONIC, &soon);
	soon.tv_sec++;
	ret = uffd_demand(r, 0, m.page, &soon);
	ck_assert_msg(ret == 0 || ret == -EOPNOTSUPP, "uffd_demand: %d (%s)", ret, strerror(-ret));
	EXPECT(uffd_demand(r, m.page, m.page, NULL), -EOPNOTSUPP);
	if (ret == 0)
		EXPECT(uffd_region_page(r, 0) & LIBUFFD_PAGE_CACHED, LIBUFFD_PAGE_CACHED);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	test_memory_free(&m);
}

TEST_MAIN(discarded)
