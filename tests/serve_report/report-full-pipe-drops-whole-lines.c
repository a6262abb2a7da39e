/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Output that nobody reads does not stop the server: lines are dropped whole, and as soon as there
 * is room the next line is preceded by how many they were. The descriptor, which others have too,
 * still waits for them as before. Of standard error the same is true.
 */
#include "capture.h"
#include "parse.h"

#define DROPPED 5

static void said_before_the_next_line(void)
{
	struct capture out = capture_pipe();
	struct report *report = report_to(out.write, -1, 1000);
	size_t filled = fill_pipe(&out);
	struct lines lines;

	for (int i = 0; i < DROPPED; i++)
		report_server(report, "listening", "nobody reads this");
	ck_assert_int_eq(fcntl(out.write, F_GETFL) & O_NONBLOCK, 0);
	skip_bytes(out.read, filled);
	report_server(report, "stopping", NULL);
	report_server(report, "stopped", NULL);
	lines = lines_parse(out.read);
	ck_assert_uint_eq(lines.count, 3);
	ck_assert_str_eq(text_of(lines.at[0], "event"), "dropped");
	ck_assert_uint_eq(number_of(lines.at[0], "lines"), DROPPED);
	ck_assert_str_eq(text_of(lines.at[1], "event"), "stopping");
	ck_assert_str_eq(text_of(lines.at[2], "event"), "stopped");
	lines_free(&lines);
	report_close(report);
	capture_close(&out);
}

/* Progress comes back for it, although there is no VM. */
static void said_without_another_line(void)
{
	struct capture out = capture_pipe();
	struct report *report = report_to(out.write, -1, 0);
	size_t filled = fill_pipe(&out);
	struct lines lines;

	report_server(report, "listening", NULL);
	ck_assert_int_ge(report_progress(report, NULL, 0), 0);
	skip_bytes(out.read, filled);
	ck_assert_int_eq(report_progress(report, NULL, 0), -1);
	lines = lines_parse(out.read);
	ck_assert_uint_eq(lines.count, 1);
	ck_assert_str_eq(text_of(lines.at[0], "event"), "dropped");
	lines_free(&lines);
	report_close(report);
	capture_close(&out);
}

static void of_standard_error(void)
{
	struct capture out = capture_pipe(), errors = capture_pipe();
	struct report *report = report_to(out.write, errors.write, 1000);
	size_t filled = fill_pipe(&errors);
	char *text;

	for (int i = 0; i < DROPPED; i++)
		report_log(report, LIBUFFD_LOG_ERROR, 3, "nobody reads this");
	ck_assert_int_eq(fcntl(errors.write, F_GETFL) & O_NONBLOCK, 0);
	skip_bytes(errors.read, filled);
	report_log(report, LIBUFFD_LOG_ERROR, 3, "but this");
	text = drain(errors.read);
	ck_assert_str_eq(text, "uffd-serve: lines not written to standard error: 5\n"
			       "uffd-serve: vm 3: error: but this\n");
	free(text);
	report_close(report);
	capture_close(&out);
	capture_close(&errors);
}

static void report_full_pipe_drops_whole_lines(void)
{
	said_before_the_next_line();
	said_without_another_line();
	of_standard_error();
}

TEST_MAIN(report_full_pipe_drops_whole_lines)
