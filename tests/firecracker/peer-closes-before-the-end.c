/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A peer that closes in the middle, or before a word, is refused for good, and its descriptor goes with it. */
#include "firecracker.h"

static void expect_end(size_t length, const char *reason, int uffd)
{
	struct line l = line_make();
	int before = open_descriptors();

	if (length)
		EXPECT(uffd_fdpass_send(l.vmm, wire[1], length, &uffd, 1), 0);
	EXPECT(uffd_fc_receive(l.receiver), 0);
	close(l.vmm);
	l.vmm = -1;
	EXPECT(uffd_fc_receive(l.receiver), -ECONNRESET);
	EXPECT(uffd_fc_receive(l.receiver), -ECONNRESET);
	ck_assert_str_eq(uffd_fc_reason(l.receiver), reason);
	/* Open until then: the VMM may have to be ended before its memory becomes zeros. */
	ck_assert_int_eq(open_descriptors(), before - 1 + (length > 0));
	line_free(&l);
	ck_assert_int_eq(open_descriptors(), before - 2);
}

static void peer_closes_before_the_end(void)
{
	int uffd = vmm_uffd();

	expect_end(0, "the peer closed after 0 bytes, before the end", uffd);
	expect_end(1, "the peer closed after 1 bytes, before the end", uffd);
	expect_end(strlen(wire[1]) - 1, "the peer closed after 146 bytes, before the end", uffd);
	close(uffd);
}

TEST_MAIN(peer_closes_before_the_end)
