/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Text is printable afterwards whatever it was: visible characters as they are, every other byte as
 * \xNN, and a cut never goes through one of either.
 */
#include "test.h"

#include <serve/printable.h>

static const struct {
	const char *text;
	const char *printable;
} cases[] = {
	{"", ""},
	{"plain, \"quoted\"", "plain, \"quoted\""},
	{"back\\slash", "back\\\\slash"},
	{"\t\n\r\033\177", "\\x09\\x0a\\x0d\\x1b\\x7f"},
	{"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
	{"\xc2\x9b", "\\xc2\\x9b"},                   /* a control character of two bytes */
	{"\xe2\x80\xae", "\\xe2\\x80\\xae"},          /* turns what follows */
	{"\xef\xbb\xbf", "\\xef\\xbb\\xbf"},          /* cannot be seen */
	{"\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81"}, /* a tag */
	{"\xc0\xaf", "\\xc0\\xaf"},                   /* longer than need be */
	{"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
	{"\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf"},
	{"\xed\xa0\x80", "\\xed\\xa0\\x80"},          /* half of a pair */
	{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* past the last character */
	{"\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80"},
	{"\x80", "\\x80"},
	{"\xe2\x82", "\\xe2\\x82"}, /* not complete */
	{"\xf0\x9f\x98", "\\xf0\\x9f\\x98"},
	{"\xe2\x82(", "\\xe2\\x82("},
};

static void cut_everywhere(const char *text, const char *whole)
{
	char out[64];

	for (size_t size = 8; size < sizeof(out); size++) {
		size_t kept;

		memset(out, '#', sizeof(out));
		printable(out, size, text);
		ck_assert_uint_lt(strlen(out), size);
		ck_assert_int_eq(out[size], '#');
		if (strlen(whole) < size) {
			ck_assert_str_eq(out, whole);
			continue;
		}
		kept = strlen(out) - 3;
		ck_assert_str_eq(out + kept, "...");
		ck_assert_int_eq(strncmp(out, whole, kept), 0);
		/* The longest that fits: one piece has at most four bytes. */
		ck_assert_uint_gt(kept + 3 + 4, size - 1);
		ck_assert((whole[kept] & 0xc0) != 0x80);
		ck_assert(kept % 4 == 0);
	}
}

static void printable_lets_only_visible_text_through(void)
{
	char out[256];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		printable(out, sizeof(out), cases[i].text);
		ck_assert_str_eq(out, cases[i].printable);
	}
	/* Pieces of four bytes each. */
	cut_everywhere("\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80",
		       "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80");
	cut_everywhere("\001\002\003\004\005\006\007", "\\x01\\x02\\x03\\x04\\x05\\x06\\x07");
}

TEST_MAIN(printable_lets_only_visible_text_through)
