/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Two page sizes that differ are refused, and so is one that can be right in KiB only. */
#include "firecracker.h"

static const struct bad_text texts[] = {
	{"[" OBJECT("\"offset\":0,\"page_size\":4096,\"page_size_kib\":2097152") "]", -EINVAL,
	 "region 0: page_size 4096 contradicts page_size_kib 2097152"},
	{"[" REGION "," OBJECT("\"offset\":0,\"page_size_kib\":4,\"page_size\":4096") "]", -EINVAL,
	 "region 1: page_size 4096 contradicts page_size_kib 4,"},
	{"[" OBJECT("\"offset\":0,\"page_size_kib\":0,\"page_size\":4096") "]", -EINVAL,
	 "region 0: page_size 4096 contradicts page_size_kib 0,"},
	{"[" OBJECT("\"offset\":0,\"page_size_kib\":4096,\"page_size\":0") "]", -EINVAL,
	 "region 0: page_size 0 contradicts page_size_kib 4096,"},
	{"[" OBJECT("\"offset\":0,\"page_size_kib\":4") "]", -EINVAL, "page size 4"},
	{"[" OBJECT("\"offset\":0,\"page_size_kib\":0") "]", -EINVAL, "page size 0"},
};

static void refuses_page_sizes_in_contradiction(void)
{
	EXPECT_REFUSED(texts);
}

TEST_MAIN(refuses_page_sizes_in_contradiction)
