/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A terminal that nobody looks at takes what fits. The server does not wait for it, loses no half
 * of a line, and says how many it dropped when there is room again.
 */
#include "terminal.h"

#define EVENTS 2000

static void report_stopped_terminal_is_not_waited_for(void)
{
	struct terminal t = terminal_make(150, 25, "xterm");
	struct report *report = report_to(t.slave, t.slave, 0);
	struct vm_figures vm = vm_of(3);
	size_t told = 0;
	char *text;

	for (; told < EVENTS; told++) {
		report_server(report, "listening", "nobody reads this");
		vm.faults++;
		report_progress(report, &vm, 1);
	}
	ck_assert_int_eq(fcntl(t.slave, F_GETFL) & O_NONBLOCK, 0);
	text = terminal_read_all(report, &t, &told);
	ck_assert_uint_gt(count_dropped(text), 0);
	ck_assert_uint_eq(count_of(text, "  listening: nobody reads this\r\n") +
				  count_of(text, "  last: number ") + count_dropped(text),
			  told);
	free(text);
	report_close(report);
	terminal_free(&t);
}

TEST_MAIN(report_stopped_terminal_is_not_waited_for)
