/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Lines of progress are never wider than the terminal, nor are there more than it can show: the
 * last of them says how many VMs found no place. So it is after the terminal has become smaller.
 */
#include "terminal.h"

#define VMS 150

static struct vm_figures vms[VMS];

static void show(struct report *report, const struct terminal *t, struct screen *s, size_t count)
{
	s->longest = 0;
	s->highest = 0;
	report_progress(report, vms, count);
	screen_show(s, t);
}

static void every_width(void)
{
	static struct screen s;

	for (unsigned short width = 2; width < 120; width += 3) {
		struct terminal t = terminal_make(width, 25, "xterm");
		struct report *report = report_to(t.slave, t.slave, 0);

		memset(&s, 0, sizeof(s));
		show(report, &t, &s, 3);
		ck_assert_uint_eq(screen_lines(&s), 3);
		ck_assert_uint_lt(s.longest, width);
		ck_assert(s.longest == width - 1u || width > 80);
		report_close(report);
		terminal_free(&t);
	}
}

static void every_height(void)
{
	static struct screen s;

	for (unsigned short height = 1; height < 12; height++) {
		struct terminal t = terminal_make(100, height, "xterm");
		struct report *report = report_to(t.slave, t.slave, 0);
		size_t place = height - 1u;
		char more[32];

		for (size_t count = 1; count < 12; count++) {
			show(report, &t, &s, 0);
			memset(&s, 0, sizeof(s));
			show(report, &t, &s, count);
			ck_assert_uint_eq(screen_lines(&s), count < place ? count : place);
			snprintf(more, sizeof(more), "and %zu more", count - (place - 1));
			if (place > 0 && count > place)
				ck_assert_str_eq(s.line[place - 1], more);
		}
		report_close(report);
		terminal_free(&t);
	}
}

static void becomes_smaller(void)
{
	static struct screen s;
	struct terminal t = terminal_make(100, 40, "xterm");
	struct report *report = report_to(t.slave, t.slave, 0);

	show(report, &t, &s, 30);
	ck_assert_uint_eq(screen_lines(&s), 30);
	/* An event comes before the progress was made anew. */
	terminal_resize(&t, 50, 10);
	s.longest = 0;
	report_server(report, "stopping", NULL);
	screen_show(&s, &t);
	ck_assert_uint_eq(screen_lines(&s), 1);
	ck_assert_uint_lt(s.longest, 50);
	show(report, &t, &s, 30);
	ck_assert_uint_eq(screen_lines(&s), 1 + 9);
	ck_assert_uint_lt(s.longest, 50);
	report_close(report);
	terminal_free(&t);
}

/* A terminal of any size; what is put at once has its bounds. */
static void as_large_as_can_be(void)
{
	struct terminal t = terminal_make(65535, 65535, "xterm");
	struct report *report = report_to(t.slave, t.slave, 0);
	char *text = NULL;

	for (size_t i = 0; i < VMS; i++) {
		vms[i].bytes_total = vms[i].faults = vms[i].p99_ns = UINT64_MAX;
		vms[i].bytes_filled = vms[i].bytes_lost = UINT64_MAX - 1;
	}
	/* The terminal may take it in pieces; what is missing is written the next time. */
	do {
		report_progress(report, vms, VMS);
		text = terminal_read(&t, text);
	} while (!strstr(text, "\nand 51 more\r\n"));
	ck_assert_uint_eq(count_lines(text), 100);
	ck_assert_ptr_nonnull(strstr(text, "  99 %  "));
	free(text);
	report_close(report);
	terminal_free(&t);
}

static void report_terminal_keeps_to_its_size(void)
{
	for (size_t i = 0; i < VMS; i++)
		vms[i] = vm_of((uint32_t)i);
	every_width();
	every_height();
	becomes_smaller();
	as_large_as_can_be();
}

TEST_MAIN(report_terminal_keeps_to_its_size)
