/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Another writer of the same pipe may take the room that was there a moment ago: the line is
 * dropped then, not waited for. Here the other is always quicker.
 */
#include "capture.h"
#include "parse.h"

static struct capture out;
static bool quicker;
static size_t filled;

ssize_t __real_write(int fd, const void *from, size_t length);
ssize_t __wrap_write(int fd, const void *from, size_t length);

ssize_t __wrap_write(int fd, const void *from, size_t length)
{
	if (quicker) {
		quicker = false;
		filled = fill_pipe(&out);
	}
	return __real_write(fd, from, length);
}

static void report_shares_a_pipe_without_waiting(void)
{
	struct report *report;
	struct lines lines;

	out = capture_pipe();
	report = report_to(out.write, -1, 1000);
	quicker = true;
	report_server(report, "listening", NULL);
	ck_assert(!quicker);
	ck_assert_uint_gt(filled, 0);
	skip_bytes(out.read, filled);
	report_server(report, "stopped", NULL);
	lines = lines_parse(out.read);
	ck_assert_uint_eq(lines.count, 2);
	ck_assert_str_eq(text_of(lines.at[0], "event"), "dropped");
	ck_assert_uint_eq(number_of(lines.at[0], "lines"), 1);
	ck_assert_str_eq(text_of(lines.at[1], "event"), "stopped");
	lines_free(&lines);
	report_close(report);
	capture_close(&out);
}

TEST_MAIN(report_shares_a_pipe_without_waiting)
