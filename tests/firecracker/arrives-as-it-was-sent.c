/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What is sent in a version arrives: regions, text, and the descriptor, close-on-exec. */
#include "firecracker.h"

static void expect_arrival(uint32_t version, int uffd)
{
	const struct uffd_peer_region *regions;
	struct line l = line_make();
	uint32_t count;
	size_t length;
	int got;

	EXPECT(uffd_fc_send(l.vmm, uffd, wire_regions, 2, version), 0);
	EXPECT(uffd_fc_receive(l.receiver), 1);
	ck_assert_str_eq(uffd_fc_reason(l.receiver), "");
	regions = uffd_fc_regions(l.receiver, &count);
	expect_regions(regions, count, wire_regions, 2);
	ck_assert_mem_eq(uffd_fc_text(l.receiver, &length), wire[version], strlen(wire[version]));
	ck_assert_uint_eq(length, strlen(wire[version]));
	got = uffd_fc_take_fd(l.receiver);
	ck_assert_int_ge(got, 0);
	ck_assert_int_eq(fcntl(got, F_GETFD), FD_CLOEXEC);
	ck_assert(same_file(uffd, got));
	line_free(&l);
	ck_assert_int_eq(fcntl(got, F_GETFD), FD_CLOEXEC);
	close(got);
}

static void arrives_as_it_was_sent(void)
{
	int uffd = vmm_uffd();

	for (uint32_t v = LIBUFFD_FC_1_1; v <= LIBUFFD_FC_1_12; v++)
		expect_arrival(v, uffd);
	close(uffd);
}

TEST_MAIN(arrives_as_it_was_sent)
