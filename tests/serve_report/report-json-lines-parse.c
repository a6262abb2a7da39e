/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * To a pipe every event is one line, a JSON object that a strict parser takes, whose numbers are
 * whole and as large as they are.
 */
#include "capture.h"
#include "parse.h"

static void check_time(struct json_object *line)
{
	const char *time = text_of(line, "time");
	int end = 0, fields[7];

	ck_assert_int_eq(sscanf(time, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ%n", &fields[0], &fields[1],
				&fields[2], &fields[3], &fields[4], &fields[5], &fields[6], &end),
			 7);
	ck_assert_int_eq(end, 24);
	ck_assert_uint_eq(strlen(time), 24);
}

static void check_vm(struct json_object *line, const struct vm_figures *vm)
{
	ck_assert_uint_eq(number_of(line, "vm"), vm->id);
	ck_assert_uint_eq(number_of(line, "pid"), (uint64_t)vm->pid);
	ck_assert_str_eq(text_of(line, "state"), vm->state);
	ck_assert_uint_eq(number_of(line, "bytes_total"), vm->bytes_total);
	ck_assert_uint_eq(number_of(line, "bytes_filled"), vm->bytes_filled);
	ck_assert_uint_eq(number_of(line, "bytes_discarded"), vm->bytes_discarded);
	ck_assert_uint_eq(number_of(line, "faults"), vm->faults);
	ck_assert_uint_eq(number_of(line, "reads"), vm->reads);
	ck_assert_uint_eq(number_of(line, "read_bytes"), vm->read_bytes);
	ck_assert_uint_eq(number_of(line, "read_errors"), vm->read_errors);
	ck_assert_uint_eq(number_of(line, "bytes_lost"), vm->bytes_lost);
	ck_assert_uint_eq(number_of(line, "p50_ns"), vm->p50_ns);
	ck_assert_uint_eq(number_of(line, "p99_ns"), vm->p99_ns);
	ck_assert_uint_eq(number_of(line, "age_ns"), vm->age_ns);
}

static void report_json_lines_parse(void)
{
	struct capture out = capture_pipe();
	struct report *report = report_to(out.write, -1, 1000);
	struct vm_figures vm = vm_of(3);
	struct lines lines;

	report_server(report, "listening", "/run/uffd.sock");
	report_server(report, "stopping", NULL);
	report_vm(report, "serving", &vm, NULL);
	report_vm(report, "lost", &vm, "a read failed");
	report_refused(report, REFUSED_HANDSHAKE, 17, "not JSON");
	report_refused(report, REFUSED_SILENT, 0, NULL);
	lines = lines_parse(out.read);
	ck_assert_uint_eq(lines.count, 6);
	for (size_t i = 0; i < lines.count; i++)
		check_time(lines.at[i]);

	ck_assert_str_eq(text_of(lines.at[0], "event"), "listening");
	ck_assert_str_eq(text_of(lines.at[0], "detail"), "/run/uffd.sock");
	ck_assert_str_eq(text_of(lines.at[1], "event"), "stopping");
	ck_assert(!json_object_object_get_ex(lines.at[1], "detail", NULL));
	ck_assert_str_eq(text_of(lines.at[2], "event"), "serving");
	check_vm(lines.at[2], &vm);
	ck_assert_str_eq(text_of(lines.at[3], "event"), "lost");
	ck_assert_str_eq(text_of(lines.at[3], "detail"), "a read failed");
	check_vm(lines.at[3], &vm);
	ck_assert_str_eq(text_of(lines.at[4], "event"), "refused");
	ck_assert_str_eq(text_of(lines.at[4], "reason"), "handshake");
	ck_assert_uint_eq(number_of(lines.at[4], "pid"), 17);
	ck_assert_str_eq(text_of(lines.at[5], "reason"), "silent");
	ck_assert(json_object_is_type(member(lines.at[5], "pid"), json_type_null));

	lines_free(&lines);
	report_close(report);
	capture_close(&out);
}

TEST_MAIN(report_json_lines_parse)
