/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What the functions of a receiver refuse, and what they give twice. */
#include "firecracker.h"

static void receiver_bad_arguments(void)
{
	struct uffd_peer_region r;
	char reason[LIBUFFD_FC_REASON_MAX];
	struct line l = line_make();
	uint32_t count = 1;
	int uffd = vmm_uffd(), fd;

	EXPECT(uffd_fc_receiver_open(NULL, l.handler, CONTENT), -EINVAL);
	EXPECT(uffd_fc_receive(NULL), -EINVAL);
	EXPECT(uffd_fc_take_fd(NULL), -EINVAL);
	uffd_fc_receiver_close(NULL);
	EXPECT(uffd_fc_parse(NULL, 0, 0, &r, &count, reason), -EINVAL);
	expect_plain(reason);
	EXPECT(uffd_fc_parse("[]", 2, 0, NULL, &count, NULL), -EINVAL);
	EXPECT(uffd_fc_parse("[]", 2, 0, &r, NULL, NULL), -EINVAL);
	EXPECT(uffd_fc_send(-1, uffd, wire_regions, 2, LIBUFFD_FC_1_1), -EBADF);
	EXPECT(uffd_fc_send(l.vmm, -1, wire_regions, 2, LIBUFFD_FC_1_1), -EINVAL);

	EXPECT(uffd_fc_send(l.vmm, uffd, wire_regions, 2, LIBUFFD_FC_1_1), 0);
	EXPECT(uffd_fc_receive(l.receiver), 1);
	EXPECT(uffd_fc_receive(l.receiver), 1);
	fd = uffd_fc_take_fd(l.receiver);
	ck_assert_int_ge(fd, 0);
	EXPECT(uffd_fc_take_fd(l.receiver), -EINVAL);
	close(fd);
	line_free(&l);
	close(uffd);
}

TEST_MAIN(receiver_bad_arguments)
