/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* pwrite(2) to an O_APPEND descriptor goes to the file's end: content must not go astray there. */
#include "input.h"

static void appends(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_MISSING_SHMEM | UFFD_FEATURE_MINOR_SHMEM);
	struct uffd_region_opts o = {
		.size = sizeof(o), .fault = fault_never, .flags = LIBUFFD_REGION_FD};
	struct uffd_region *r = NULL;
	struct uffd_extent e;
	struct test_memory m;
	uint8_t page[4096];
	int ret;

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 4);
	ck_assert_int_eq(fcntl(m.fd, F_SETFL, O_APPEND), 0);
	o.fd = m.fd;
	ret = uffd_region_add(&r, ctx, m.at, m.length, LIBUFFD_MISSING | LIBUFFD_MINOR, &o);
	if (ret < 0) {
		EXPECT(ret, -EINVAL); /* refused: as good */
		expect_unregistered(m.at, m.length);
	} else {
		memset(page, 0x5a, sizeof(page));
		EXPECT(uffd_claim(r, 0, m.page, &e), 0);
		EXPECT(uffd_populate(r, 0, page, m.page, 0), 0);
		EXPECT(pread(m.fd, page, 1, 0), 1);
		ck_assert_uint_eq(page[0], 0x5a);
		EXPECT(lseek(m.fd, 0, SEEK_END), m.length);
	}
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
	test_memory_free(&m);
}

TEST_MAIN(appends)
