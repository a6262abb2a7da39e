/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A terminal that cannot move its cursor, or has no width, gets the lines that last and nothing
 * else: no progress and no control character.
 */
#include "terminal.h"

static void expect_lasting_only(unsigned short width, const char *type)
{
	struct terminal t = terminal_make(width, 25, type);
	struct report *report = report_to(t.slave, t.slave, 0);
	struct vm_figures vm = vm_of(3);
	char *text;

	if (!type[0])
		unsetenv("TERM");
	report_vm(report, "serving", &vm, NULL);
	report_progress(report, &vm, 1);
	vm.faults++;
	report_progress(report, &vm, 1);
	report_server(report, "stopping", NULL);
	text = drain(t.master);
	ck_assert_uint_eq(count_lines(text), 2);
	ck_assert_ptr_nonnull(strstr(text, "serving"));
	ck_assert_ptr_nonnull(strstr(text, "stopping"));
	ck_assert_ptr_null(strchr(text, '\033'));
	free(text);
	report_close(report);
	terminal_free(&t);
}

/* Its width goes when there are lines to be erased: none is any more. */
static void loses_its_width(void)
{
	struct terminal t = terminal_make(100, 25, "xterm");
	struct report *report = report_to(t.slave, t.slave, 0);
	struct vm_figures vm = vm_of(3);
	char *text;

	report_progress(report, &vm, 1);
	free(drain(t.master));
	terminal_resize(&t, 0, 0);
	report_progress(report, &vm, 1);
	report_server(report, "stopping", NULL);
	text = drain(t.master);
	ck_assert_uint_eq(count_lines(text), 1);
	ck_assert_ptr_null(strchr(text, '\033'));
	free(text);
	report_close(report);
	terminal_free(&t);
}

static void report_terminal_without_a_cursor(void)
{
	expect_lasting_only(100, "dumb");
	expect_lasting_only(100, "");
	expect_lasting_only(0, "xterm");
	loses_its_width();
}

TEST_MAIN(report_terminal_without_a_cursor)
