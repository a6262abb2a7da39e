/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Fields that nobody knows may be anything that JSON allows. */
#include "firecracker.h"

static const char *const fields[] = {
	"\"gpa_start\":0",
	"\"is_guest_memfd\":false",
	"\"\":null",
	"\"a\":[1,2,{\"size\":\"x\",\"size\":-1}]",
	"\"a\":-1.5e-3",
	"\"a\":99999999999999999999999999999999",
	"\"a\":[-99999999999999999999,18446744073709551616]",
	"\"a\":1e999",
	"\"a\":\"]}\\\"[{\"",
	"\"a\":\"\\u0000\\ud83d\\ude00\\/\\b\\f\\n\\r\\t\"",
	"\"\xc3\xa4\":1",
	"\"a\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]",
	"\"a\":1,\"b\":1,\"A\":1",
};

static void unknown_fields_are_passed_over(void)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		char text[512], reason[LIBUFFD_FC_REASON_MAX];
		struct uffd_peer_region r;
		uint32_t count = 1;

		snprintf(text, sizeof(text),
			 "[{%s,\"base_host_virt_addr\":4096,\"size\":8192,\"offset\":0}]",
			 fields[i]);
		ck_assert_msg(uffd_fc_parse(text, strlen(text), CONTENT, &r, &count, reason) == 0,
			      "%s: %s", text, reason);
		ck_assert_uint_eq(r.address, 4096);
		ck_assert_uint_eq(r.length, 8192);
		ck_assert_uint_eq(r.page_size, 4096);
	}
}

TEST_MAIN(unknown_fields_are_passed_over)
