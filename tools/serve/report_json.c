/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a report as JSON objects, one a line, for programs.
 * Must never: write a part of an object, or round a number.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "serve/report_form.h"

/* The figures that were told last, of each VM: one that stands still is not told again. */
struct told {
	struct vm_figures *vms;
	size_t count;
};

static void add(struct json_object *to, const char *key, struct json_object *value)
{
	json_object_object_add(to, key, value);
}

static void add_text(struct json_object *to, const char *key, const char *text)
{
	if (text)
		add(to, key, json_object_new_string(text));
}

static void add_number(struct json_object *to, const char *key, uint64_t number)
{
	add(to, key, json_object_new_uint64(number));
}

/* RFC 3339, UTC, milliseconds. */
static void add_time(struct json_object *to)
{
	char seconds[32], text[48];
	struct timespec ts;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text, sizeof(text), "%s.%03ldZ", seconds, ts.tv_nsec / 1000000);
	add_text(to, "time", text);
}

static struct json_object *begin(const char *event)
{
	struct json_object *out = json_object_new_object();

	if (out) {
		add_time(out);
		add_text(out, "event", event);
	}
	return out;
}

static bool end(struct json_object *out, char *line)
{
	size_t length = 0;
	const char *text = json_object_to_json_string_length(
		out, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);
	bool fits = text && length < REPORT_LINE - 1;

	if (fits)
		memcpy(line, text, length + 1);
	json_object_put(out);
	return fits;
}

static bool server(char *line, const char *event, const char *detail)
{
	struct json_object *out = begin(event);

	if (!out)
		return false;
	add_text(out, "detail", detail);
	return end(out, line);
}

static bool vm(char *line, const char *event, const struct vm_figures *f, const char *detail)
{
	struct json_object *out = begin(event);

	if (!out)
		return false;
	add_number(out, "vm", f->id);
	add(out, "pid", json_object_new_int64(f->pid));
	add_text(out, "state", f->state);
	add_number(out, "bytes_total", f->bytes_total);
	add_number(out, "bytes_filled", f->bytes_filled);
	add_number(out, "bytes_discarded", f->bytes_discarded);
	add_number(out, "faults", f->faults);
	add_number(out, "reads", f->reads);
	add_number(out, "read_bytes", f->read_bytes);
	add_number(out, "read_errors", f->read_errors);
	add_number(out, "bytes_lost", f->bytes_lost);
	add_number(out, "p50_ns", f->p50_ns);
	add_number(out, "p99_ns", f->p99_ns);
	add_number(out, "age_ns", f->age_ns);
	add_text(out, "detail", detail);
	return end(out, line);
}

/* pid is null where it is not known. */
static bool refused(char *line, enum refusal why, pid_t pid, const char *detail)
{
	struct json_object *out = begin("refused");

	if (!out)
		return false;
	add_text(out, "reason", refusal_name(why));
	add(out, "pid", pid > 0 ? json_object_new_int64(pid) : NULL);
	add_text(out, "detail", detail);
	return end(out, line);
}

static bool dropped(char *line, uint64_t lines)
{
	struct json_object *out = begin("dropped");

	if (!out)
		return false;
	add_number(out, "lines", lines);
	return end(out, line);
}

static bool put(struct report *report, char *line)
{
	strcat(line, "\n");
	return outlet_put(&report->out, line, strlen(line));
}

/* Its age alone is no news of a VM; latencies change with its faults. */
static bool news(const struct vm_figures *was, const struct vm_figures *is)
{
	return strcmp(was->state, is->state) != 0 || was->bytes_total != is->bytes_total ||
	       was->bytes_filled != is->bytes_filled ||
	       was->bytes_discarded != is->bytes_discarded || was->faults != is->faults ||
	       was->reads != is->reads || was->read_bytes != is->read_bytes ||
	       was->read_errors != is->read_errors || was->bytes_lost != is->bytes_lost;
}

/* VMs come in an order that hardly changes: the guess is where it was the last time. */
static const struct vm_figures *find(const struct told *told, uint32_t id, size_t guess)
{
	if (guess < told->count && told->vms[guess].id == id)
		return &told->vms[guess];
	for (size_t i = 0; i < told->count; i++)
		if (told->vms[i].id == id)
			return &told->vms[i];
	return NULL;
}

static bool progress(struct report *report, const struct vm_figures *vms, size_t count)
{
	struct told *told = report->state;
	struct vm_figures *kept = NULL;
	bool changed = false;
	char line[REPORT_LINE];

	for (size_t i = 0; i < count; i++) {
		const struct vm_figures *was = find(told, vms[i].id, i);

		if (was && !news(was, &vms[i]))
			continue;
		changed = true;
		if (vm(line, "progress", &vms[i], NULL))
			report_line(report, line);
		else
			report->out.dropped++;
	}
	if (count > 0)
		kept = malloc(count * sizeof(*kept));
	free(told->vms);
	/* Without memory everything is news the next time. */
	*told = (struct told){.vms = kept, .count = kept ? count : 0};
	if (kept)
		memcpy(kept, vms, count * sizeof(*kept));
	return changed;
}

static void json_close(struct report *report)
{
	struct told *told = report->state;

	free(told->vms);
	free(told);
}

int report_json(struct report *report)
{
	static const struct report_form form = {.server = server,
						.vm = vm,
						.refused = refused,
						.dropped = dropped,
						.put = put,
						.progress = progress,
						.close = json_close};

	report->form = &form;
	report->state = calloc(1, sizeof(struct told));
	return report->state ? 0 : -ENOMEM;
}
