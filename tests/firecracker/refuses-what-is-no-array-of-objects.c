/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* JSON of another shape is refused: elements that are no objects, and fields that are there twice. */
#include "firecracker.h"

static const struct bad_text texts[] = {
	{"[1]", -EBADMSG, "region 0: not an object"},
	{"[null]", -EBADMSG, "region 0: not an object"},
	{"[[]]", -EBADMSG, "region 0: not an object"},
	{"[[" REGION "]]", -EBADMSG, "region 0: not an object"},
	{"[" REGION ",\"size\"]", -EBADMSG, "region 1: not an object"},
	{"[" OBJECT("\"offset\":0,\"size\":2097152") "]", -EBADMSG,
	 "region 0: a field is there twice"},
	{"[" OBJECT("\"offset\":0,\"siz\\u0065\":4096") "]", -EBADMSG,
	 "region 0: a field is there twice"},
	{"[" REGION "," OBJECT("\"a\":1,\"a\":1,\"offset\":0") "]", -EBADMSG,
	 "region 1: a field is there twice"},
};

static void refuses_what_is_no_array_of_objects(void)
{
	EXPECT_REFUSED(texts);
}

TEST_MAIN(refuses_what_is_no_array_of_objects)
