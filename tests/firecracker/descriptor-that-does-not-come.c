/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A handshake without a descriptor is refused as soon as it is complete. */
#include "firecracker.h"

static void descriptor_that_does_not_come(void)
{
	struct line l = line_make();
	uint32_t count;

	EXPECT(send(l.vmm, wire[1], strlen(wire[1]) - 1, 0), strlen(wire[1]) - 1);
	EXPECT(uffd_fc_receive(l.receiver), 0);
	EXPECT(send(l.vmm, "]", 1, 0), 1);
	EXPECT(uffd_fc_receive(l.receiver), -ENODEV);
	ck_assert_str_eq(uffd_fc_reason(l.receiver), "no descriptor came with it");
	EXPECT(uffd_fc_take_fd(l.receiver), -EINVAL);
	ck_assert_ptr_null(uffd_fc_regions(l.receiver, &count));
	line_free(&l);
}

TEST_MAIN(descriptor_that_does_not_come)
