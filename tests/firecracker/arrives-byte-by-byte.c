/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A handshake may come a byte at a time, and the descriptor with any one of them. */
#include "firecracker.h"

/* The descriptor goes with byte at. */
static void expect_arrival(const char *text, size_t at, int uffd)
{
	const struct uffd_peer_region *regions;
	struct line l = line_make();
	char reason[LIBUFFD_FC_REASON_MAX];
	size_t length = strlen(text);
	uint32_t count;

	EXPECT(uffd_fc_receive(l.receiver), 0);
	for (size_t i = 0; i < length; i++) {
		EXPECT(uffd_fdpass_send(l.vmm, text + i, 1, &uffd, i == at), 0);
		EXPECT(uffd_fc_take_fd(l.receiver), -EINVAL);
		ck_assert_ptr_null(uffd_fc_regions(l.receiver, &count));
		ck_assert_uint_eq(count, 0);
		EXPECT(uffd_fc_receive(l.receiver), i == length - 1);
		EXPECT(uffd_fc_receive(l.receiver), i == length - 1);
		snprintf(reason, sizeof(reason), "the array is not complete after %zu bytes",
			 i + 1);
		ck_assert_str_eq(uffd_fc_reason(l.receiver), i == length - 1 ? "" : reason);
	}
	regions = uffd_fc_regions(l.receiver, &count);
	expect_regions(regions, count, wire_regions, 2);
	line_free(&l);
}

static void arrives_byte_by_byte(void)
{
	int uffd = vmm_uffd(), before = open_descriptors();
	const char *text = wire[LIBUFFD_FC_1_12];

	for (size_t at = 0; at < strlen(text); at += 9)
		expect_arrival(text, at, uffd);
	expect_arrival(text, strlen(text) - 1, uffd);
	expect_arrival(wire[LIBUFFD_FC_1_1], 0, uffd);
	expect_arrival(wire[LIBUFFD_FC_1_7], 0, uffd);
	ck_assert_int_eq(open_descriptors(), before);
	close(uffd);
}

TEST_MAIN(arrives_byte_by_byte)
