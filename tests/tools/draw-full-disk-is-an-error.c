/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A picture that did not fit is an error, also where only the last bytes did not. */
#include "test.h"

#include "picture.h"

static const struct uffd_workingset_info info = {
	.size = sizeof(info),
	.region_length = MIB,
	.page_size = 4 * KIB,
};

static int bars(FILE *out)
{
	static const char *const series[] = {"a"};
	static const double values[] = {1};
	static const struct draw_bar bar = {.name = "b", .values = values};

	return draw_bars(out, "title", series, 1, "us", &bar, 1, false);
}

static int trace(FILE *out)
{
	return draw_trace(out, "title", &info, NULL, 0);
}

static void expect_full(int (*draw)(FILE *out), int mode, size_t size)
{
	FILE *out = fopen("/dev/full", "we");

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(setvbuf(out, NULL, mode, size), 0);
	ck_assert_int_eq(draw(out), -ENOSPC);
	fclose(out);
}

/* A stream that can only be read. */
static void expect_closed(int (*draw)(FILE *out))
{
	FILE *out = fopen("/dev/null", "re");

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(draw(out), -EBADF);
	fclose(out);
}

static void full(void)
{
	expect_full(trace, _IONBF, 0);
	expect_full(trace, _IOFBF, 4096);
	expect_full(trace, _IOFBF, 1 << 20);
	expect_full(bars, _IONBF, 0);
	expect_full(bars, _IOFBF, 4096);
	expect_full(bars, _IOFBF, 1 << 20);
	expect_closed(trace);
	expect_closed(bars);
}
TEST_MAIN(full)
