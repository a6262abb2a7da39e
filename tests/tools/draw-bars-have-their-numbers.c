/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Each value has its number and its bar, of a length that fits; what is not there has none. */
#include "test.h"

#include <math.h>

#include "picture.h"
#include "xml.h"

static const char *const series[] = {"one", "two"};
static const double values[][2] = {{1.5, 3}, {NAN, 1234}, {0, 12}};
static const struct draw_bar bars[] = {
	{.name = "first", .values = values[0]},
	{.name = "second", .values = values[1]},
	{.name = "third", .values = values[2]},
};

/* The widths of the bars of a class, from the top; the legend's square is not one. */
static size_t widths(const char *svg, const char *class, int *width, size_t most)
{
	size_t count = 0;
	char begin[64];

	snprintf(begin, sizeof(begin), "<rect class=\"%s\" ", class);
	for (const char *at = svg; (at = strstr(at, begin)); at++) {
		int x, y, w, h;

		ck_assert_int_eq(sscanf(at + strlen(begin),
					"x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"", &x, &y, &w,
					&h),
				 4);
		if (h == 12)
			continue;
		ck_assert_uint_lt(count, most);
		width[count++] = w;
	}
	return count;
}

static void expect_numbers(const char *svg)
{
	static const char *const texts[] = {">1.5<", ">3<",     ">no value<", ">1,234<",
					    ">12<",  ">first<", ">second<",   ">third<",
					    ">one<", ">two<"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_msg(xml_count(svg, texts[i]) == 1, "%s: %zu times", texts[i],
			      xml_count(svg, texts[i]));
}

static void numbers(void)
{
	int one[3], two[3], log_two[3];
	char *svg = picture_of_bars("title", series, 2, "us", bars, 3, false);

	expect_numbers(svg);
	ck_assert_uint_eq(widths(svg, "s0", one, 3), 2); /* one is NAN */
	ck_assert_uint_eq(widths(svg, "s1", two, 3), 3);
	ck_assert_int_eq(one[1], 0);
	ck_assert_int_gt(one[0], 0);
	ck_assert_int_gt(two[1], 50 * two[2]);
	free(svg);

	svg = picture_of_bars("title", series, 2, "us", bars, 3, true);
	expect_numbers(svg);
	ck_assert_uint_eq(widths(svg, "s0", one, 3), 2);
	ck_assert_uint_eq(widths(svg, "s1", log_two, 3), 3);
	ck_assert_int_eq(one[1], 0);
	ck_assert_int_gt(log_two[2], log_two[0]);
	ck_assert_int_lt(log_two[1], 4 * log_two[2]);
	ck_assert_uint_eq(xml_count(svg, ">us, logarithmic<"), 1);
	free(svg);

	svg = picture_of_bars("title", series, 2, "us", NULL, 0, true);
	ck_assert_uint_eq(xml_count(svg, ">nothing was measured<"), 1);
	free(svg);
}
TEST_MAIN(numbers)
