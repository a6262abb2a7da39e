/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A descriptor that is no userfaultfd, or one without a handshake, is refused, and goes with its receiver. */
#include "firecracker.h"

static void expect_refused_descriptor(int fd, int error, const char *reason)
{
	struct line l = line_make();
	int before = open_descriptors();

	EXPECT(uffd_fc_send(l.vmm, fd, wire_regions, 2, LIBUFFD_FC_1_12), 0);
	EXPECT(uffd_fc_receive(l.receiver), error);
	ck_assert_str_eq(uffd_fc_reason(l.receiver), reason);
	ck_assert_int_eq(open_descriptors(), before + 1);
	EXPECT(uffd_fc_take_fd(l.receiver), -EINVAL);
	line_free(&l);
	ck_assert_int_eq(open_descriptors(), before - 2);
}

static void descriptor_of_a_wrong_kind(void)
{
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), ends[2], raw;

	expect_refused_descriptor(file, -ENOTTY, "the descriptor is no userfaultfd");
	close(file);
	ck_assert_int_eq(pipe(ends), 0);
	expect_refused_descriptor(ends[0], -ENOTTY, "the descriptor is no userfaultfd");
	close(ends[0]);
	close(ends[1]);
	close(vmm_uffd());
	raw = uffd_raw_open(O_CLOEXEC | O_NONBLOCK, NULL);
	ck_assert_int_ge(raw, 0);
	expect_refused_descriptor(raw, -EPROTO, "the userfaultfd has had no UFFDIO_API");
	close(raw);
}

TEST_MAIN(descriptor_of_a_wrong_kind)
