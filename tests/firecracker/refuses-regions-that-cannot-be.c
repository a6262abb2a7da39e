/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Regions that no table may have are refused, and the reason has their numbers. */
#include "firecracker.h"

#define R(address, size, offset)                                                                   \
	"{\"base_host_virt_addr\":" #address ",\"size\":" #size ",\"offset\":" #offset "}"

static const struct bad_text texts[] = {
	{"[]", -EINVAL, "no region"},
	{"[ ]", -EINVAL, "no region"},
	{"[" R(4096, 0, 0) "]", -EINVAL, "region 0: impossible: 0x1000, 0 bytes, offset 0"},
	{"[" R(4097, 4096, 0) "]", -EINVAL, "region 0: impossible: 0x1001, 4096 bytes"},
	{"[" R(4096, 100, 0) "]", -EINVAL, "100 bytes"},
	{"[" R(4096, 4096, 0) "," R(8192, 4096, 1) "]", -EINVAL, "region 1: impossible: 0x2000, "},
	{"[" OBJECT("\"offset\":0,\"page_size\":2048") "]", -EINVAL, "page size 2048"},
	{"[" OBJECT("\"offset\":0,\"page_size\":12288") "]", -EINVAL, "page size 12288"},
	{"[" OBJECT("\"offset\":0,\"page_size\":2147483648") "]", -EINVAL, "page size 2147483648"},
	{"[" OBJECT("\"offset\":0,\"page_size\":1073741824") "]", -EINVAL, "page size 1073741824"},
	{"[" R(18446744073709547520, 8192, 0) "]", -EOVERFLOW,
	 "region 0: 0xfffffffffffff000 or offset 0 and 8192 bytes wrap"},
	{"[" R(4096, 8192, 18446744073709547520) "]", -EOVERFLOW, "offset 18446744073709547520"},
	{"[" R(4096, 4096, 8589934592) "]", -ERANGE,
	 "region 0: offset 8589934592 and 4096 bytes end behind the content, 8589934592"},
	{"[" R(4096, 4096, 0) "," R(8192, 8192, 8589930496) "]", -ERANGE,
	 "region 1: offset 8589930496"},
};

static void refuses_regions_that_cannot_be(void)
{
	EXPECT_REFUSED(texts);
}

TEST_MAIN(refuses_regions_that_cannot_be)
