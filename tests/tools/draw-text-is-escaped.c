/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A caller's text may have any bytes; the picture is well-formed, and tells what can be told. */
#include "test.h"

#include "picture.h"
#include "xml.h"

static const char hard[] =
	"</text>&amp;\"' \x01\x1b\x7f \xff\xc0\x80 \xed\xa0\x80 \xf4\x90\x80\x80 "
	"\xef\xbf\xbf \xc2\x85 \xe2\x82";

static void escaped(void)
{
	static const double values[] = {1};
	const char *series[] = {hard, "b"};
	double two[] = {1, 2};
	struct draw_bar bar = {.name = hard, .values = two};
	char longest[8192];
	char *svg;

	svg = picture_of_trace(hard, MIB, 4 * KIB, NULL, 0);
	ck_assert_uint_ge(xml_count(svg, "&lt;/text&gt;&amp;amp;\"' \xef\xbf\xbd"), 2);
	free(svg);
	svg = picture_of_trace("gr\xc3\xbc\xc3\x9f \xe4\xb8\xad \xf0\x9f\x90\xa7", MIB, 4 * KIB,
			       NULL, 0);
	ck_assert_uint_eq(xml_count(svg, ">gr\xc3\xbc\xc3\x9f \xe4\xb8\xad \xf0\x9f\x90\xa7<"), 2);
	free(svg);
	svg = picture_of_bars(hard, series, 2, hard, &bar, 1, false);
	ck_assert_uint_ge(xml_count(svg, "&lt;/text&gt;"), 5);
	free(svg);

	/* One that is too long is cut, between characters. */
	for (size_t i = 0; i + 3 < sizeof(longest); i += 3)
		memcpy(longest + i, "\xe4\xb8\xad", 4);
	svg = picture_of_trace(longest, MIB, 4 * KIB, NULL, 0);
	ck_assert_uint_eq(xml_count(svg, "\xe2\x80\xa6</text>"), 1);
	free(svg);
	memset(longest, '%', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	bar = (struct draw_bar){.name = longest, .values = values};
	svg = picture_of_bars("title", series, 1, "%n%s", &bar, 1, true);
	ck_assert_uint_eq(xml_count(svg, "%\xe2\x80\xa6</text>"), 1);
	free(svg);
}
TEST_MAIN(escaped)
