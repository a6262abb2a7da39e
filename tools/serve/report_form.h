/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what the forms of a report have in common: lines that last, and progress.
 * Must never: be seen outside of report*.c.
 */
#ifndef SERVE_REPORT_FORM_H
#define SERVE_REPORT_FORM_H

#include "serve/outlet.h"
#include "serve/report.h"

/*
 * A line with its end and its NUL. It is never longer than what a pipe takes in one piece, since a
 * detail is cut; JSON doubles at most each of its bytes.
 */
#define REPORT_LINE   4096
#define REPORT_DETAIL 1024

/*
 * The first four write one line, without its end, to line, of REPORT_LINE bytes; false: no memory.
 * A detail is printable, or NULL.
 */
struct report_form {
	bool (*server)(char *line, const char *event, const char *detail);
	bool (*vm)(char *line, const char *event, const struct vm_figures *vm, const char *detail);
	bool (*refused)(char *line, enum refusal why, pid_t pid, const char *detail);
	bool (*dropped)(char *line, uint64_t lines);
	/* Appends the end of the line; false: it is to be counted as dropped. */
	bool (*put)(struct report *report, char *line);
	/* Whether anything of them has changed since the last time. */
	bool (*progress)(struct report *report, const struct vm_figures *vms, size_t count);
	void (*close)(struct report *report);
};

struct report {
	const struct report_form *form;
	void *state; /* the form's */
	struct outlet out;
	struct outlet errors;
	bool one_terminal; /* errors go the way of out: they are lines above the progress there */
	unsigned int progress_ms;
	uint64_t told_ms; /* when progress was, CLOCK_MONOTONIC */
};

/* Make report->state and report->form; 0 or -errno. */
int report_terminal(struct report *report);
int report_json(struct report *report);

/* Puts a line that lasts; before it how many were dropped, if any were. */
void report_line(struct report *report, char *line);

#endif
