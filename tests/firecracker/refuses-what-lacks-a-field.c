/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Address, size and offset are needed of every region. */
#include "firecracker.h"

static const struct bad_text texts[] = {
	{"[{}]", -ENOKEY, "region 0: no base_host_virt_addr"},
	{"[{\"size\":4096,\"offset\":0}]", -ENOKEY, "region 0: no base_host_virt_addr"},
	{"[{\"base_host_virt_addr\":4096,\"offset\":0}]", -ENOKEY, "region 0: no size"},
	{"[{\"base_host_virt_addr\":4096,\"size\":4096}]", -ENOKEY, "region 0: no offset"},
	{"[{\"base_host_virt_addr\":4096,\"Size\":4096,\"offset\":0}]", -ENOKEY, "no size"},
	{"[{\"a\":" REGION "}]", -ENOKEY, "region 0: no base_host_virt_addr"},
	{"[" REGION ",{\"base_host_virt_addr\":4096,\"size\":4096}]", -ENOKEY,
	 "region 1: no offset"},
};

static void refuses_what_lacks_a_field(void)
{
	EXPECT_REFUSED(texts);
}

TEST_MAIN(refuses_what_lacks_a_field)
