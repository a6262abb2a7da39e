/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: which form a report has, when progress is due, and the lines on standard error.
 * Must never: wait for a reader, or hand a form text that is not printable.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <uffd/types.h>

#include "serve/clock.h"
#include "serve/printable.h"
#include "serve/report_form.h"

static uint64_t now_ms(void)
{
	return now_ns() / MS_NS;
}

static bool same_terminal(int one, int other)
{
	struct stat a, b;

	return isatty(one) && isatty(other) && !fstat(one, &a) && !fstat(other, &b) &&
	       a.st_rdev == b.st_rdev;
}

static int open_outlets(struct report *report, int fd)
{
	int ret = outlet_open(&report->out, fd);

	if (ret)
		return ret;
	ret = outlet_open(&report->errors, STDERR_FILENO);
	if (ret)
		outlet_close(&report->out);
	return ret;
}

int report_open(struct report **report, int fd, unsigned int progress_ms)
{
	struct report *r = calloc(1, sizeof(*r));
	int ret;

	if (!r)
		return -ENOMEM;
	ret = open_outlets(r, fd);
	if (ret)
		goto free_report;
	r->one_terminal = same_terminal(fd, STDERR_FILENO);
	r->progress_ms = progress_ms;
	ret = isatty(fd) ? report_terminal(r) : report_json(r);
	if (ret)
		goto close_outlets;
	/* A reader that goes away is an error of the write, not the end of every VM. */
	signal(SIGPIPE, SIG_IGN);
	/* Nor does a shell's "stty tostop" end the serving of them, in the background. */
	signal(SIGTTOU, SIG_IGN);
	*report = r;
	return 0;

close_outlets:
	outlet_close(&r->errors);
	outlet_close(&r->out);
free_report:
	free(r);
	return ret;
}

/* Says how many lines were dropped, in the form's way; whether none is left unsaid. */
static bool note_dropped(struct report *report)
{
	struct outlet *out = &report->out;
	char note[REPORT_LINE];

	if (out->dropped > 0 && report->form->dropped(note, out->dropped) &&
	    report->form->put(report, note))
		out->dropped = 0;
	return out->dropped == 0;
}

void report_line(struct report *report, char *line)
{
	if (!note_dropped(report) || !report->form->put(report, line))
		report->out.dropped++;
}

/* A line for which there was no memory is one that was dropped. */
static void line_or_drop(struct report *report, bool made, char *line)
{
	if (made)
		report_line(report, line);
	else
		report->out.dropped++;
}

/* Says how many lines of an outlet were dropped, on standard error; whether none is left unsaid. */
static bool say_dropped(struct report *report, struct outlet *outlet, const char *where)
{
	char note[96];
	int length;

	if (outlet->dropped == 0)
		return true;
	length = snprintf(note, sizeof(note),
			  "uffd-serve: lines not written to standard %s: %" PRIu64 "\n", where,
			  outlet->dropped);
	if (outlet_put(&report->errors, note, (size_t)length))
		outlet->dropped = 0;
	return outlet->dropped == 0;
}

static void error_line(struct report *report, char *line)
{
	struct outlet *errors = &report->errors;

	if (report->one_terminal) {
		report_line(report, line);
		return;
	}
	strcat(line, "\n");
	if (!say_dropped(report, errors, "error") || !outlet_put(errors, line, strlen(line)))
		errors->dropped++;
}

/* NULL stays NULL. */
static const char *printable_detail(const char *detail, char safe[REPORT_DETAIL])
{
	if (!detail)
		return NULL;
	printable(safe, REPORT_DETAIL, detail);
	return safe;
}

void report_server(struct report *report, const char *event, const char *detail)
{
	char safe[REPORT_DETAIL], line[REPORT_LINE];

	detail = printable_detail(detail, safe);
	line_or_drop(report, report->form->server(line, event, detail), line);
}

void report_vm(struct report *report, const char *event, const struct vm_figures *vm,
	       const char *detail)
{
	char safe[REPORT_DETAIL], line[REPORT_LINE];

	detail = printable_detail(detail, safe);
	line_or_drop(report, report->form->vm(line, event, vm, detail), line);
}

void report_refused(struct report *report, enum refusal why, pid_t pid, const char *detail)
{
	char safe[REPORT_DETAIL], line[REPORT_LINE], who[32] = "";

	detail = printable_detail(detail, safe);
	if (pid > 0)
		snprintf(who, sizeof(who), " of pid %d", (int)pid);
	if (!report->one_terminal)
		line_or_drop(report, report->form->refused(line, why, pid, detail), line);
	snprintf(line, sizeof(line), "uffd-serve: refused a connection%s (%s)%s%s", who,
		 refusal_name(why), detail ? ": " : "", detail ? detail : "");
	error_line(report, line);
}

static const char *level_name(int level)
{
	switch (level) {
	case LIBUFFD_LOG_ERROR:
		return "error";
	case LIBUFFD_LOG_WARNING:
		return "warning";
	case LIBUFFD_LOG_INFO:
		return "info";
	default:
		return "debug";
	}
}

void report_log(struct report *report, int level, uint32_t vm, const char *text)
{
	char safe[REPORT_DETAIL], line[REPORT_LINE], who[32] = "";

	printable(safe, sizeof(safe), text);
	if (vm > 0)
		snprintf(who, sizeof(who), "vm %" PRIu32 ": ", vm);
	snprintf(line, sizeof(line), "uffd-serve: %s%s: %s", who, level_name(level), safe);
	error_line(report, line);
}

/* Writes what could not be written before; whether nothing is left to be tried again. */
static bool catch_up(struct report *report)
{
	bool done = outlet_flush(&report->out) && note_dropped(report);

	if (!outlet_flush(&report->errors) || !say_dropped(report, &report->errors, "error"))
		done = false;
	return done;
}

int report_progress(struct report *report, const struct vm_figures *vms, size_t count)
{
	uint64_t now = now_ms();
	uint64_t due = report->told_ms ? report->told_ms + report->progress_ms : now;
	bool caught_up, changed;

	if (now < due)
		return (int)(due - now);
	report->told_ms = now;
	caught_up = catch_up(report);
	changed = report->form->progress(report, vms, count);
	return changed || !caught_up ? (int)report->progress_ms : -1;
}

void report_close(struct report *report)
{
	if (!catch_up(report) && !report->one_terminal)
		say_dropped(report, &report->out, "output");
	report->form->close(report);
	outlet_close(&report->errors);
	outlet_close(&report->out);
	free(report);
}
