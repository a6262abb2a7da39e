/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * On a terminal each VM has one line, which changes in place; what happens stays above them, in the
 * order in which it happened, errors on the same terminal among it.
 */
#include "terminal.h"

#define LINE_3 "vm 3  pid 4711  serving  512 of 1024 MiB  50 %  8 KiB lost  812 faults  p99 1.2 ms"

/* A line that lasts begins with the time of day. */
static void check_lasting(const struct screen *s, size_t row, const char *text)
{
	int hour, minute, second, end = 0;

	ck_assert_int_eq(sscanf(s->line[row], "%2d:%2d:%2d  %n", &hour, &minute, &second, &end), 3);
	ck_assert_int_eq(end, 10);
	ck_assert_str_eq(s->line[row] + end, text);
}

static void progress_alone(struct report *report, const struct terminal *t, struct screen *s)
{
	struct vm_figures vms[2] = {vm_of(3), vm_of(12)};
	char *text;

	vms[1].bytes_lost = 0;
	vms[1].faults = 0;
	report_progress(report, vms, 2);
	screen_show(s, t);
	ck_assert_uint_eq(screen_lines(s), 2);
	ck_assert_str_eq(s->line[0], LINE_3);
	ck_assert_str_eq(s->line[1], "vm 12  pid 4711  serving  512 of 1024 MiB  50 %  0 faults");

	/* Nothing has changed, so nothing is drawn. */
	ck_assert_int_eq(report_progress(report, vms, 2), -1);
	text = drain(t->master);
	ck_assert_str_eq(text, "");
	free(text);

	vms[1].state = "complete";
	vms[1].bytes_filled = vms[1].bytes_total;
	report_progress(report, vms, 2);
	screen_show(s, t);
	ck_assert_uint_eq(screen_lines(s), 2);
	ck_assert_str_eq(s->line[0], LINE_3);
	ck_assert_str_eq(s->line[1],
			 "vm 12  pid 4711  complete  1024 of 1024 MiB  100 %  0 faults");
}

static void events_above(struct report *report, const struct terminal *t, struct screen *s)
{
	struct vm_figures vm = vm_of(7);

	report_server(report, "listening", "/run/uffd.sock");
	report_vm(report, "killed", &vm, "content was lost");
	report_refused(report, REFUSED_REGIONS, 17, "regions overlap");
	report_log(report, LIBUFFD_LOG_WARNING, 0, "late");
	screen_show(s, t);
	ck_assert_uint_eq(screen_lines(s), 6);
	check_lasting(s, 0, "listening: /run/uffd.sock");
	check_lasting(s, 1,
		      "vm 7  pid 4711  killed  512 of 1024 MiB  50 %  8 KiB lost  812 faults  "
		      "p99 1.2 ms: content was lost");
	ck_assert_str_eq(s->line[2],
			 "uffd-serve: refused a connection of pid 17 (regions): regions overlap");
	ck_assert_str_eq(s->line[3], "uffd-serve: warning: late");
	ck_assert_str_eq(s->line[4], LINE_3);
	ck_assert_str_eq(s->line[5],
			 "vm 12  pid 4711  complete  1024 of 1024 MiB  100 %  0 faults");
}

static void report_terminal_changes_in_place(void)
{
	struct terminal t = terminal_make(200, 25, "xterm");
	struct report *report = report_to(t.slave, t.slave, 0);
	static struct screen s;
	struct vm_figures vm = vm_of(3);

	progress_alone(report, &t, &s);
	events_above(report, &t, &s);
	/* A VM that has gone leaves no line behind. */
	report_progress(report, &vm, 1);
	screen_show(&s, &t);
	ck_assert_uint_eq(screen_lines(&s), 5);
	ck_assert_str_eq(s.line[4], LINE_3);
	ck_assert_str_eq(s.line[5], "");
	ck_assert_int_eq(report_progress(report, NULL, 0), 0);
	ck_assert_int_eq(report_progress(report, NULL, 0), -1);
	screen_show(&s, &t);
	ck_assert_uint_eq(screen_lines(&s), 4);
	ck_assert_str_eq(s.line[4], "");
	report_close(report);
	terminal_free(&t);
}

TEST_MAIN(report_terminal_changes_in_place)
