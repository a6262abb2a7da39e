/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Two descriptors, in one message or in two, are refused and none of them stays open. */
#include "firecracker.h"

static void expect_refused_and_closed(struct line *l, int open, int before)
{
	EXPECT(uffd_fc_receive(l->receiver), -ENOBUFS);
	ck_assert_str_eq(uffd_fc_reason(l->receiver), "more than one descriptor");
	ck_assert_int_eq(open_descriptors(), open);
	EXPECT(uffd_fc_take_fd(l->receiver), -EINVAL);
	EXPECT(uffd_fc_receive(l->receiver), -ENOBUFS);
	line_free(l);
	ck_assert_int_eq(open_descriptors(), before - 2);
}

static void descriptors_that_are_too_many(void)
{
	int fds[LIBUFFD_FDPASS_MAX], uffd = vmm_uffd(), before;
	struct line l = line_make();

	for (int i = 0; i < LIBUFFD_FDPASS_MAX; i++)
		fds[i] = uffd;
	before = open_descriptors();
	EXPECT(uffd_fdpass_send(l.vmm, wire[1], strlen(wire[1]), fds, 2), 0);
	expect_refused_and_closed(&l, before, before);

	l = line_make();
	EXPECT(uffd_fdpass_send(l.vmm, wire[1], strlen(wire[1]), fds, LIBUFFD_FDPASS_MAX), 0);
	expect_refused_and_closed(&l, before, before);

	l = line_make();
	EXPECT(uffd_fdpass_send(l.vmm, wire[1], 10, fds, 1), 0);
	EXPECT(uffd_fc_receive(l.receiver), 0);
	ck_assert_int_eq(open_descriptors(), before + 1);
	EXPECT(uffd_fdpass_send(l.vmm, wire[1] + 10, strlen(wire[1]) - 10, fds, 1), 0);
	expect_refused_and_closed(&l, before + 1, before);
	close(uffd);
}

TEST_MAIN(descriptors_that_are_too_many)
