/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A file that somebody has begun is gone on with, and who shares the descriptor goes on behind. A
 * device that is full takes nothing, and is survived.
 */
#include "capture.h"

static void gone_on_with(void)
{
	int fd = memfd_create("out", MFD_CLOEXEC);
	struct report *report;
	char text[512] = "";

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "before\n", 7), 7);
	report = report_to(fd, -1, 1000);
	report_server(report, "listening", NULL);
	report_close(report);
	ck_assert_int_eq(write(fd, "after\n", 6), 6);
	ck_assert_int_gt(pread(fd, text, sizeof(text) - 1, 0), 0);
	ck_assert_uint_eq(count_lines(text), 3);
	ck_assert_int_eq(strncmp(text, "before\n{", 8), 0);
	ck_assert_ptr_nonnull(strstr(text, "}\nafter\n"));
	close(fd);
}

static void device_is_full(void)
{
	struct capture errors = capture_pipe();
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct report *report;
	char *text;

	ck_assert_int_ge(fd, 0);
	report = report_to(fd, errors.write, 1000);
	report_server(report, "listening", NULL);
	report_close(report);
	text = drain(errors.read);
	ck_assert_str_eq(text, "uffd-serve: lines not written to standard output: 1\n");
	free(text);
	close(fd);
	capture_close(&errors);
}

static void report_file_is_written_where_it_stands(void)
{
	gone_on_with();
	device_is_full();
}

TEST_MAIN(report_file_is_written_where_it_stands)
