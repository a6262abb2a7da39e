/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A reader that has gone, and an output that was never open, end nothing: the lines are dropped,
 * and standard error says at the end how many.
 */
#include "capture.h"

#include <sys/socket.h>

#define NEVER_OPEN 1000

static void expect_dropped(struct report *report, struct capture *errors)
{
	char *text;

	report_server(report, "listening", NULL);
	report_server(report, "stopped", NULL);
	report_close(report);
	text = drain(errors->read);
	ck_assert_str_eq(text, "uffd-serve: lines not written to standard output: 2\n");
	free(text);
}

static void reader_has_gone(int type)
{
	struct capture errors = capture_pipe();
	struct report *report;
	int ends[2];

	if (type)
		ck_assert_int_eq(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends), 0);
	else
		ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	report = report_to(ends[1], errors.write, 1000);
	close(ends[0]);
	expect_dropped(report, &errors);
	close(ends[1]);
	capture_close(&errors);
}

/* Before it was opened: a pipe without a reader cannot be opened once more. */
static void reader_never_was(void)
{
	struct capture errors = capture_pipe(), out = capture_pipe();

	close(out.read);
	expect_dropped(report_to(out.write, errors.write, 1000), &errors);
	close(out.write);
	capture_close(&errors);
}

static void never_open(void)
{
	struct capture errors = capture_pipe();

	expect_dropped(report_to(NEVER_OPEN, errors.write, 1000), &errors);
	capture_close(&errors);
}

/* Nor has standard error a reader. */
static void nobody_is_there(void)
{
	struct capture errors = capture_pipe(), out = capture_pipe();
	struct report *report = report_to(out.write, errors.write, 1000);

	close(errors.read);
	close(out.read);
	report_refused(report, REFUSED_CLOSED, 17, NULL);
	report_log(report, LIBUFFD_LOG_ERROR, 3, "nobody reads this");
	report_close(report);
	close(errors.write);
	close(out.write);
}

static void report_closed_output_is_survived(void)
{
	reader_has_gone(0);
	reader_has_gone(SOCK_STREAM);
	reader_never_was();
	never_open();
	nobody_is_there();
}

TEST_MAIN(report_closed_output_is_survived)
