/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What cannot be drawn is -EINVAL, and nothing is written. */
#include "test.h"

#include <math.h>

#include "picture.h"

static FILE *out;

static void traces(void)
{
	struct uffd_workingset_info info = {.region_length = MIB, .page_size = 4 * KIB};
	struct uffd_workingset_info no_length = {.page_size = 4 * KIB};
	struct uffd_workingset_info no_page = {.region_length = MIB};

	ck_assert_int_eq(draw_trace(NULL, "", &info, NULL, 0), -EINVAL);
	ck_assert_int_eq(draw_trace(out, NULL, &info, NULL, 0), -EINVAL);
	ck_assert_int_eq(draw_trace(out, "", NULL, NULL, 0), -EINVAL);
	ck_assert_int_eq(draw_trace(out, "", &info, NULL, 1), -EINVAL);
	ck_assert_int_eq(draw_trace(out, "", &no_length, NULL, 0), -EINVAL);
	ck_assert_int_eq(draw_trace(out, "", &no_page, NULL, 0), -EINVAL);
}

static int of(double value)
{
	const char *series[] = {"a"};
	struct draw_bar bar = {.name = "b", .values = &value};

	return draw_bars(out, "", series, 1, "", &bar, 1, false);
}

static void bars(void)
{
	const char *series[DRAW_SERIES_MAX + 1] = {"a", "b", "c", "d", "e", "f", "g", "h", "i"};
	const char *null[] = {NULL};
	double values[DRAW_SERIES_MAX + 1] = {1};
	struct draw_bar bar = {.name = "b", .values = values};
	struct draw_bar no_name = {.values = values}, no_values = {.name = "b"};

	ck_assert_int_eq(draw_bars(NULL, "", series, 1, "", &bar, 1, false), -EINVAL);
	ck_assert_int_eq(draw_bars(out, NULL, series, 1, "", &bar, 1, false), -EINVAL);
	ck_assert_int_eq(draw_bars(out, "", NULL, 1, "", &bar, 1, false), -EINVAL);
	ck_assert_int_eq(draw_bars(out, "", null, 1, "", &bar, 1, false), -EINVAL);
	ck_assert_int_eq(draw_bars(out, "", series, 0, "", &bar, 1, false), -EINVAL);
	ck_assert_int_eq(draw_bars(out, "", series, DRAW_SERIES_MAX + 1, "", &bar, 1, false),
			 -EINVAL);
	ck_assert_int_eq(draw_bars(out, "", series, 1, NULL, &bar, 1, false), -EINVAL);
	ck_assert_int_eq(draw_bars(out, "", series, 1, "", NULL, 1, false), -EINVAL);
	ck_assert_int_eq(draw_bars(out, "", series, 1, "", &no_name, 1, false), -EINVAL);
	ck_assert_int_eq(draw_bars(out, "", series, 1, "", &no_values, 1, false), -EINVAL);
	ck_assert_int_eq(of(-1), -EINVAL);
	ck_assert_int_eq(of(INFINITY), -EINVAL);
	ck_assert_int_eq(of(-INFINITY), -EINVAL);
}

static void refused(void)
{
	char *text = NULL;
	size_t length = 1;

	out = open_memstream(&text, &length);
	ck_assert_ptr_nonnull(out);
	traces();
	bars();
	fclose(out);
	ck_assert_uint_eq(length, 0);
	free(text);
}
TEST_MAIN(refused)
