/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A field is a whole number of 64 bits, written as one; nothing is taken for one, cut or rounded. */
#include "firecracker.h"

#define SIZE(value) "[{\"base_host_virt_addr\":0,\"offset\":0,\"size\":" value "}]"
#define DIGITS_40   "1234567890123456789012345678901234567890"

static const struct bad_text texts[] = {
	{SIZE("\"4096\""), -ENOMSG, "region 0: size is of type string, not a number"},
	{SIZE("null"), -ENOMSG, "region 0: size is of type null"},
	{SIZE("true"), -ENOMSG, "region 0: size is of type boolean"},
	{SIZE("[4096]"), -ENOMSG, "region 0: size is of type array"},
	{SIZE("{\"size\":4096}"), -ENOMSG, "region 0: size is of type object"},
	{SIZE("-1"), -EDOM, "region 0: size is -1, negative"},
	{SIZE("-4096"), -EDOM, "region 0: size is -4096, negative"},
	{SIZE("-9223372036854775808"), -EDOM, "-9223372036854775808"},
	{SIZE("-9223372036854777856"), -EDOM, "-9223372036854777856, which 64 bits do not hold"},
	{SIZE("18446744073709551616"), -EDOM, "18446744073709551616, which 64 bits do not hold"},
	{SIZE("18446744073709555712"), -EDOM, "18446744073709555712, which 64 bits do not hold"},
	{SIZE("36893488147419107328"), -EDOM, "which 64 bits do not hold"},
	{SIZE(DIGITS_40), -EDOM, "size is " DIGITS_40 ", which 64 bits do not hold"},
	{SIZE(DIGITS_40 "1"), -EDOM, "size is " DIGITS_40 "..., which 64 bits do not hold"},
	{SIZE("1e400"), -EDOM, "size is 1e400, which 64 bits do not hold"},
	{SIZE("-1e400"), -EDOM, "which 64 bits do not hold"},
	{SIZE("1e3"), -EDOM, "size is 1e3, not written as a whole number"},
	{SIZE("4096.0"), -EDOM, "size is 4096.0, not written as a whole number"},
	{SIZE("4096e0"), -EDOM, "size is 4096e0, not written as a whole number"},
	{SIZE("4096.5"), -EDOM, "size is 4096.5, not written as a whole number"},
	{SIZE("1E-400"), -EDOM, "size is 1E-400, not written as a whole number"},
	{SIZE("-0.0"), -EDOM, "size is -0.0, not written as a whole number"},
	{"[{\"base_host_virt_addr\":-1}]", -EDOM, "region 0: base_host_virt_addr is -1"},
	{"[" REGION "," OBJECT("\"offset\":-1") "]", -EDOM, "region 1: offset is -1"},
	{"[" OBJECT("\"offset\":0,\"page_size\":-1") "]", -EDOM, "region 0: page_size is -1"},
	{"[" OBJECT("\"offset\":0,\"page_size_kib\":4.5") "]", -EDOM, "page_size_kib is 4.5"},
	{"[" OBJECT("\"offset\":0,\"page_size\":null") "]", -ENOMSG, "page_size is of type null"},
	/* It fits, and is no multiple of anything. */
	{SIZE("18446744073709551615"), -EINVAL, "18446744073709551615"},
};

static void accepts_the_largest(void)
{
	static const char text[] = "[{\"base_host_virt_addr\":18446744073709543424,\"size\":4096,"
				   "\"offset\":-0}]";
	struct uffd_peer_region r;
	uint32_t count = 1;

	EXPECT(uffd_fc_parse(text, strlen(text), CONTENT, &r, &count, NULL), 0);
	ck_assert_uint_eq(r.address, UINT64_MAX - 8191);
	ck_assert_uint_eq(r.offset, 0);
}

static void refuses_numbers_that_are_none(void)
{
	EXPECT_REFUSED(texts);
	accepts_the_largest();
}

TEST_MAIN(refuses_numbers_that_are_none)
