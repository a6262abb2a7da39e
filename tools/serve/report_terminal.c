/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a report on a terminal, for people: lines that last, and below them one for each VM that
 * changes in place.
 * Must never: draw more lines than the terminal has, or a line wider than it: neither could be
 * erased again. Move the cursor where the terminal cannot.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "serve/report_form.h"

#define WIDTH_MOST 255
#define LINES_MOST 100
#define PROGRESS   (LINES_MOST * (WIDTH_MOST + 1))

_Static_assert(PROGRESS + REPORT_LINE + 32 <= OUTLET_MOST, "a picture is put in one piece");

struct terminal {
	bool plain;          /* it cannot move its cursor */
	char text[PROGRESS]; /* the lines of progress, each with its end */
	size_t length;
	unsigned int lines;
	unsigned int width; /* that they were cut to */
	unsigned int drawn; /* lines of progress that are above the cursor now */
};

struct buffer {
	char *text;
	size_t size;
	size_t length; /* without the NUL */
};

/* What does not fit is cut. */
__attribute__((format(printf, 2, 3))) static void append(struct buffer *b, const char *format, ...)
{
	size_t room = b->size - b->length;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(b->text + b->length, room, format, args);
	va_end(args);
	b->length += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

static void append_size(struct buffer *b, uint64_t bytes, uint64_t unit)
{
	append(b, "%" PRIu64, bytes / unit);
	if (unit == UINT64_C(1) << 20)
		append(b, " MiB");
	else
		append(b, " KiB");
}

static void append_latency(struct buffer *b, uint64_t ns)
{
	if (ns < 1000)
		append(b, "%" PRIu64 " ns", ns);
	else if (ns < 1000000)
		append(b, "%.1f us", (double)ns / 1e3);
	else if (ns < 1000000000)
		append(b, "%.1f ms", (double)ns / 1e6);
	else
		append(b, "%.1f s", (double)ns / 1e9);
}

/* It is 100 only when nothing is missing. */
static unsigned int percent(uint64_t part, uint64_t whole)
{
	unsigned int p;

	if (part >= whole)
		return 100;
	p = (unsigned int)((double)part * 100 / (double)whole);
	return p < 99 ? p : 99;
}

static void append_vm(struct buffer *b, const char *word, const struct vm_figures *vm)
{
	uint64_t unit = vm->bytes_total >> 20 ? UINT64_C(1) << 20 : UINT64_C(1) << 10;

	append(b, "vm %" PRIu32 "  pid %d  %s  %" PRIu64 " of ", vm->id, (int)vm->pid, word,
	       vm->bytes_filled / unit);
	append_size(b, vm->bytes_total, unit);
	append(b, "  %u %%", percent(vm->bytes_filled, vm->bytes_total));
	if (vm->bytes_lost > 0) {
		append(b, "  ");
		append_size(b, vm->bytes_lost, UINT64_C(1) << 10);
		append(b, " lost");
	}
	append(b, "  %" PRIu64 " faults", vm->faults);
	if (vm->faults > 0) {
		append(b, "  p99 ");
		append_latency(b, vm->p99_ns);
	}
}

/* The time of day, as the people there have it. */
static struct buffer begin(char *line)
{
	struct buffer b = {.text = line, .size = REPORT_LINE - 1};
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	b.length = strftime(line, b.size, "%H:%M:%S  ", &tm);
	return b;
}

static bool end(struct buffer *b, const char *detail)
{
	if (detail)
		append(b, ": %s", detail);
	return true;
}

static bool server(char *line, const char *event, const char *detail)
{
	struct buffer b = begin(line);

	append(&b, "%s", event);
	return end(&b, detail);
}

static bool vm(char *line, const char *event, const struct vm_figures *figures, const char *detail)
{
	struct buffer b = begin(line);

	append_vm(&b, event, figures);
	return end(&b, detail);
}

static bool refused(char *line, enum refusal why, pid_t pid, const char *detail)
{
	struct buffer b = begin(line);

	append(&b, "refused");
	if (pid > 0)
		append(&b, "  pid %d", (int)pid);
	append(&b, "  %s", refusal_name(why));
	return end(&b, detail);
}

static bool dropped(char *line, uint64_t lines)
{
	struct buffer b = begin(line);

	append(&b, "lines not written: %" PRIu64, lines);
	return true;
}

/* false: lines that last are all that it can show. */
static bool size_of(const struct report *report, unsigned int *width, unsigned int *height)
{
	const struct terminal *t = report->state;
	struct winsize size;

	if (t->plain || ioctl(report->out.fd, TIOCGWINSZ, &size) || size.ws_col < 2)
		return false;
	/* The last column stays free: some terminals begin a new line as soon as it is written. */
	*width = size.ws_col - 1u < WIDTH_MOST ? size.ws_col - 1u : WIDTH_MOST;
	/* One that does not know its height has at least a few lines. */
	*height = size.ws_row ? size.ws_row : 24;
	return true;
}

/* Lines that a smaller terminal could not erase are left out until they are made anew. */
static void fit(struct report *report)
{
	struct terminal *t = report->state;
	unsigned int width, height;
	bool moves = size_of(report, &width, &height);

	if (!moves)
		t->drawn = 0;
	if (!moves || width < t->width || height <= t->lines) {
		t->length = 0;
		t->lines = 0;
	}
}

/* Erases the lines of progress, puts the line that lasts, if any, and draws them again below. */
static bool draw(struct report *report, const char *line)
{
	struct terminal *t = report->state;
	char picture[OUTLET_MOST];
	struct buffer b = {.text = picture, .size = sizeof(picture)};

	fit(report);
	if (t->drawn > 0)
		append(&b, "\r\033[%uA\033[J", t->drawn);
	append(&b, "%s%.*s", line, (int)t->length, t->text);
	if (!outlet_put(&report->out, picture, b.length))
		return false;
	t->drawn = t->lines;
	return true;
}

static bool put(struct report *report, char *line)
{
	strcat(line, "\n");
	return draw(report, line);
}

static bool progress(struct report *report, const struct vm_figures *vms, size_t count)
{
	struct terminal *t = report->state;
	unsigned int width = 0, height, lines = 0;
	char text[PROGRESS], line[WIDTH_MOST + 1];
	struct buffer b = {.text = text, .size = sizeof(text)};

	text[0] = '\0';
	if (size_of(report, &width, &height)) {
		/* One line is the cursor's, and one may be for the VMs that find no place. */
		unsigned int most = height - 1 < LINES_MOST ? height - 1 : LINES_MOST;
		bool all = count <= most;

		lines = all ? (unsigned int)count : most;
		for (size_t i = 0; i < lines; i++) {
			struct buffer one = {.text = line, .size = width + 1};

			if (all || i + 1 < lines)
				append_vm(&one, vms[i].state, &vms[i]);
			else
				append(&one, "and %zu more", count - i);
			append(&b, "%s\n", line);
		}
	}
	if (b.length == t->length && !memcmp(text, t->text, b.length) && t->drawn == t->lines)
		return false;
	memcpy(t->text, text, b.length);
	t->length = b.length;
	t->lines = lines;
	t->width = width;
	/* One that could not be drawn is drawn the next time: nothing that lasts is missing. */
	draw(report, "");
	return true;
}

static void terminal_close(struct report *report)
{
	free(report->state);
}

int report_terminal(struct report *report)
{
	static const struct report_form form = {.server = server,
						.vm = vm,
						.refused = refused,
						.dropped = dropped,
						.put = put,
						.progress = progress,
						.close = terminal_close};
	const char *type = getenv("TERM");
	struct terminal *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->plain = !type || !type[0] || !strcmp(type, "dumb");
	report->form = &form;
	report->state = t;
	return 0;
}
