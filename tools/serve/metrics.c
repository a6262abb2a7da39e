/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the figures in Prometheus' text format 0.0.4: which metrics there are, and their names.
 * Must never: leave out a metric or a reason because nothing of it has happened yet.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uffd/version.h>

#include "serve/metrics.h"
#include "serve/clock.h"
#include "serve/report.h"

#define PREFIX "uffd_serve_"

/* A figure of a struct, a uint64_t at an offset. */
struct metric {
	const char *name; /* without the prefix; what ends in "_seconds" is kept in nanoseconds */
	const char *type;
	const char *help;
	size_t at;
};

#define TOTAL(field) offsetof(struct totals, field)
static const struct metric totals_metrics[] = {
	{"connections_total", "counter", "Connections accepted.", TOTAL(connections)},
	{"vms_served_total", "counter", "VMs whose handshake was accepted.", TOTAL(served)},
	{"vms_ended_total", "counter", "VMs that have ended.", TOTAL(ended)},
	{"vms_killed_total", "counter", "VMs killed because content was lost, or refused.",
	 TOTAL(killed)},
	{"vms_taken_over_total", "counter", "VMs taken over from another server.",
	 TOTAL(taken_over)},
};

#define VM(field) offsetof(struct vm_figures, field)
static const struct metric vm_metrics[] = {
	{"vm_memory_bytes", "gauge", "Guest memory of the VM.", VM(bytes_total)},
	{"vm_filled_bytes", "gauge", "Guest memory that has its content.", VM(bytes_filled)},
	{"vm_discarded_bytes_total", "counter", "Memory thrown away by the guest.",
	 VM(bytes_discarded)},
	{"vm_faults_total", "counter", "Page faults answered.", VM(faults)},
	{"vm_reads_total", "counter", "Reads of content.", VM(reads)},
	{"vm_read_bytes_total", "counter", "Content read.", VM(read_bytes)},
	{"vm_read_errors_total", "counter", "Reads of content that failed.", VM(read_errors)},
	{"vm_lost_bytes_total", "counter", "Memory whose content could not be had.",
	 VM(bytes_lost)},
	{"vm_fault_p50_seconds", "gauge", "Median time a fault waited.", VM(p50_ns)},
	{"vm_fault_p99_seconds", "gauge", "99th percentile of the time a fault waited.",
	 VM(p99_ns)},
	{"vm_age_seconds", "gauge", "Time since the VM's handshake, or since it was taken over.",
	 VM(age_ns)},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void head(FILE *to, const char *name, const char *type, const char *help)
{
	fprintf(to, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n", name, help, name, type);
}

/* Of a label's value the format escapes the backslash, the quote and the end of a line. */
static void label(FILE *to, const char *name, const char *value)
{
	fprintf(to, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			fputc('\\', to);
		if (*value == '\n')
			fputs("\\n", to);
		else
			fputc(*value, to);
	}
	fputc('"', to);
}

/* Every digit of it: a double would round a number of nanoseconds. */
static void seconds(FILE *to, uint64_t ns)
{
	fprintf(to, " %" PRIu64 ".%09" PRIu64 "\n", ns / SECOND_NS, ns % SECOND_NS);
}

static bool ends_in(const char *text, const char *end)
{
	size_t length = strlen(text), tail = strlen(end);

	return length >= tail && !strcmp(text + length - tail, end);
}

static void value(FILE *to, const struct metric *m, const void *figures)
{
	uint64_t number;

	memcpy(&number, (const char *)figures + m->at, sizeof(number));
	if (ends_in(m->name, "_seconds"))
		seconds(to, number);
	else
		fprintf(to, " %" PRIu64 "\n", number);
}

static void write_build(FILE *to)
{
	head(to, "build_info", "gauge", "1, for the version in its label.");
	fputs(PREFIX "build_info{", to);
	label(to, "version", LIBUFFD_VERSION_STRING);
	fputs("} 1\n", to);
}

static void write_uptime(FILE *to, uint64_t started_ns)
{
	uint64_t now = now_ns();

	head(to, "uptime_seconds", "gauge", "Time since the server started.");
	fputs(PREFIX "uptime_seconds", to);
	seconds(to, now > started_ns ? now - started_ns : 0);
}

static void write_totals(FILE *to, const struct totals *totals, size_t count)
{
	for (size_t i = 0; i < COUNT(totals_metrics); i++) {
		head(to, totals_metrics[i].name, totals_metrics[i].type, totals_metrics[i].help);
		fprintf(to, PREFIX "%s", totals_metrics[i].name);
		value(to, &totals_metrics[i], totals);
	}
	head(to, "refused_total", "counter", "Connections refused, by reason.");
	for (unsigned int why = 0; why < REFUSALS; why++) {
		fputs(PREFIX "refused_total{", to);
		label(to, "reason", refusal_name((enum refusal)why));
		fprintf(to, "} %" PRIu64 "\n", totals->refused[why]);
	}
	head(to, "vms", "gauge", "VMs that are being served.");
	fprintf(to, PREFIX "vms %zu\n", count);
}

static void vm_labels(FILE *to, const char *name, const struct vm_figures *vm)
{
	fprintf(to, PREFIX "%s{vm=\"%" PRIu32 "\",pid=\"%d\"", name, vm->id, (int)vm->pid);
}

static void write_vms(FILE *to, const struct vm_figures *vms, size_t count)
{
	for (size_t i = 0; i < COUNT(vm_metrics); i++) {
		head(to, vm_metrics[i].name, vm_metrics[i].type, vm_metrics[i].help);
		for (size_t k = 0; k < count; k++) {
			vm_labels(to, vm_metrics[i].name, &vms[k]);
			fputc('}', to);
			value(to, &vm_metrics[i], &vms[k]);
		}
	}
	head(to, "vm_state", "gauge", "1, for the state in its label.");
	for (size_t k = 0; k < count; k++) {
		vm_labels(to, "vm_state", &vms[k]);
		fputc(',', to);
		label(to, "state", vms[k].state);
		fputs("} 1\n", to);
	}
}

char *metrics_text(const struct vm_figures *vms, size_t count, const struct totals *totals)
{
	char *text = NULL;
	size_t length;
	FILE *to = open_memstream(&text, &length);
	bool failed;

	if (!to)
		return NULL;
	write_build(to);
	write_uptime(to, totals->started_ns);
	write_totals(to, totals, count);
	write_vms(to, vms, count);
	failed = ferror(to);
	if (fclose(to) || failed) {
		free(text);
		return NULL;
	}
	return text;
}
