/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The metrics are of Prometheus' text format, named as is the custom, with every figure exactly as
 * it was given, and complete also when nothing has happened yet.
 */
#include "capture.h"
#include "exposition.h"

#include <serve/metrics.h>

static struct exposition e;

static bool ends_in(const char *text, const char *end)
{
	size_t length = strlen(text), tail = strlen(end);

	return length >= tail && !strcmp(text + length - tail, end);
}

static void parse(const struct vm_figures *vms, size_t count, const struct totals *totals)
{
	char *text = metrics_text(vms, count, totals);

	ck_assert_ptr_nonnull(text);
	exposition_parse(&e, text);
	free(text);
	for (size_t i = 0; i < e.metric_count; i++) {
		const struct metric_type *m = &e.metrics[i];

		ck_assert_int_eq(strncmp(m->name, "uffd_serve_", 11), 0);
		ck_assert(ends_in(m->name, "_total") == !strcmp(m->type, "counter"));
	}
}

static void expect(const char *name, const char *labels, const char *value)
{
	ck_assert_str_eq(exposition_value(&e, name, labels), value);
}

static void check_totals(void)
{
	static const char *const reasons[REFUSALS] = {
		"silent", "closed", "handshake", "regions", "descriptor", "memory", "resources"};
	const struct totals totals = {
		.connections = UINT64_MAX,
		.refused = {10, 11, 12, 13, 14, 15, 16},
		.served = 20,
		.ended = 21,
		.killed = 22,
		.taken_over = 23,
	};
	const struct totals none = {.started_ns = UINT64_MAX};
	char labels[64], value[32];

	parse(NULL, 0, &totals);
	expect("uffd_serve_connections_total", "", "18446744073709551615");
	expect("uffd_serve_vms_served_total", "", "20");
	expect("uffd_serve_vms_ended_total", "", "21");
	expect("uffd_serve_vms_killed_total", "", "22");
	expect("uffd_serve_vms_taken_over_total", "", "23");
	expect("uffd_serve_vms", "", "0");
	expect("uffd_serve_build_info", "version=" LIBUFFD_VERSION_STRING, "1");
	ck_assert_double_gt(strtod(exposition_value(&e, "uffd_serve_uptime_seconds", ""), NULL), 0);
	for (unsigned int why = 0; why < REFUSALS; why++) {
		snprintf(labels, sizeof(labels), "reason=%s", reasons[why]);
		snprintf(value, sizeof(value), "%u", 10 + why);
		expect("uffd_serve_refused_total", labels, value);
	}
	parse(NULL, 0, &none);
	expect("uffd_serve_uptime_seconds", "", "0.000000000");
	for (unsigned int why = 0; why < REFUSALS; why++) {
		snprintf(labels, sizeof(labels), "reason=%s", reasons[why]);
		expect("uffd_serve_refused_total", labels, "0");
	}
}

static void check_vms(void)
{
	const struct totals totals = {0};
	struct vm_figures vms[2] = {vm_of(3), vm_of(4)};
	size_t metrics;

	parse(NULL, 0, &totals);
	metrics = e.metric_count;
	vms[1].state = "held";
	parse(vms, 2, &totals);
	ck_assert_uint_eq(e.metric_count, metrics);
	expect("uffd_serve_vms", "", "2");
	expect("uffd_serve_vm_memory_bytes", "vm=3,pid=4711", "1073741824");
	expect("uffd_serve_vm_filled_bytes", "vm=3,pid=4711", "536870912");
	expect("uffd_serve_vm_discarded_bytes_total", "vm=3,pid=4711", "3145728");
	expect("uffd_serve_vm_faults_total", "vm=3,pid=4711", "812");
	expect("uffd_serve_vm_reads_total", "vm=3,pid=4711", "99");
	expect("uffd_serve_vm_read_bytes_total", "vm=3,pid=4711", "419430400");
	expect("uffd_serve_vm_read_errors_total", "vm=3,pid=4711", "2");
	expect("uffd_serve_vm_lost_bytes_total", "vm=3,pid=4711", "8192");
	expect("uffd_serve_vm_fault_p50_seconds", "vm=3,pid=4711", "0.000150000");
	expect("uffd_serve_vm_fault_p99_seconds", "vm=3,pid=4711", "0.001200000");
	expect("uffd_serve_vm_age_seconds", "vm=3,pid=4711", "18446744073.709551615");
	expect("uffd_serve_vm_state", "vm=3,pid=4711,state=serving", "1");
	expect("uffd_serve_vm_state", "vm=4,pid=4711,state=held", "1");
	expect("uffd_serve_vm_faults_total", "vm=4,pid=4711", "812");
}

/* A state is one of ours; what is in a label is escaped all the same. */
static void check_escapes(void)
{
	const struct totals totals = {0};
	struct vm_figures vm = vm_of(3);

	vm.state = "a\\b\"c\nd\\";
	parse(&vm, 1, &totals);
	expect("uffd_serve_vm_state", "vm=3,pid=4711,state=a\\b\"c\nd\\", "1");
}

static void metrics_text_is_of_the_format(void)
{
	check_totals();
	check_vms();
	check_escapes();
}

TEST_MAIN(metrics_text_is_of_the_format)
