/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Whatever is cut off a handshake, the rest is not complete, and not wrong. */
#include "firecracker.h"

static void expect_incomplete(const char *text)
{
	for (size_t n = 1; n < strlen(text); n++) {
		struct bad_text prefix = {text, -EAGAIN, "the array is not complete after ", n};

		expect_refused(&prefix);
	}
}

static void prefix_is_incomplete(void)
{
	static const struct bad_text nothing = {"", -EAGAIN, "after 0 bytes", 0};

	expect_refused(&nothing);
	for (uint32_t v = LIBUFFD_FC_1_1; v <= LIBUFFD_FC_1_12; v++)
		expect_incomplete(wire[v]);
	expect_incomplete(" [ {\"a\":\"\\ud83d\\ude00 \xc3\xa4\\\"\",\"b\":[true,false,null,"
			  "-1.5e+7,18446744073709551616,0]} , 5 ]");
}

TEST_MAIN(prefix_is_incomplete)
