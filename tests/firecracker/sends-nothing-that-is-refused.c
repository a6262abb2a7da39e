/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What uffd_fc_parse() would refuse is not written and not sent; nor is what has no version. */
#include "firecracker.h"

static void expect_nothing(int error, const struct uffd_peer_region *regions, uint32_t count,
			   uint32_t version)
{
	char text[1024], nothing;
	struct line l = line_make();

	EXPECT(uffd_fc_format(text, sizeof(text), regions, count, version), error);
	EXPECT(uffd_fc_send(l.vmm, STDERR_FILENO, regions, count, version), error);
	ck_assert_int_eq(recv(l.handler, &nothing, 1, 0), -1);
	ck_assert_int_eq(errno, EAGAIN);
	line_free(&l);
}

static void sends_nothing_that_is_refused(void)
{
	struct uffd_peer_region r[2] = {{1 << 20, 2 * MIB, 0, 4096}, {4 << 20, 2 * MIB, 0, 4096}};

	expect_nothing(-EINVAL, r, 2, 0);
	expect_nothing(-EINVAL, r, 2, LIBUFFD_FC_1_12 + 1);
	expect_nothing(-EINVAL, r, 0, LIBUFFD_FC_1_12);
	expect_nothing(-EINVAL, NULL, 2, LIBUFFD_FC_1_12);
	r[1].page_size = 2048;
	expect_nothing(-EINVAL, r, 2, LIBUFFD_FC_1_12);
	r[1].page_size = 4096;
	r[1].address = 2 << 20;
	expect_nothing(-EEXIST, r, 2, LIBUFFD_FC_1_12);
	r[1].address = UINT64_MAX - 4095;
	expect_nothing(-EOVERFLOW, r, 2, LIBUFFD_FC_1_12);
	EXPECT(uffd_fc_format(NULL, 0, r, 1, LIBUFFD_FC_1_12), -EINVAL);
}

TEST_MAIN(sends_nothing_that_is_refused)
