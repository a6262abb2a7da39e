/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Progress to a pipe is a line for each VM whose figures have changed since the last one; that a VM
 * is older is no news. It comes when it is due, not before, and with no news it is not due again.
 */
#include "capture.h"
#include "parse.h"

static struct report *report;
static struct capture out;

/* Tells progress and checks for which VMs a line came, each a digit. */
static void expect(const struct vm_figures *vms, size_t count, const char *ids)
{
	struct lines lines;

	ck_assert_int_eq(report_progress(report, vms, count), ids[0] ? 0 : -1);
	lines = lines_parse(out.read);
	ck_assert_uint_eq(lines.count, strlen(ids));
	for (size_t i = 0; i < lines.count; i++) {
		ck_assert_str_eq(text_of(lines.at[i], "event"), "progress");
		ck_assert_uint_eq(number_of(lines.at[i], "vm"), (uint64_t)(ids[i] - '0'));
	}
	lines_free(&lines);
}

static void only_news(void)
{
	struct vm_figures vms[3] = {vm_of(1), vm_of(2), vm_of(3)};
	struct vm_figures others[2] = {vm_of(3), vm_of(4)};
	uint64_t *const changing[] = {&vms[1].bytes_total,     &vms[1].bytes_filled,
				      &vms[1].bytes_discarded, &vms[1].faults,
				      &vms[1].reads,           &vms[1].read_bytes,
				      &vms[1].read_errors,     &vms[1].bytes_lost};

	out = capture_pipe();
	report = report_to(out.write, -1, 0);
	expect(vms, 3, "123");
	expect(vms, 3, "");
	for (size_t i = 0; i < 3; i++)
		vms[i].age_ns = i;
	expect(vms, 3, "");
	for (size_t i = 0; i < sizeof(changing) / sizeof(changing[0]); i++) {
		*changing[i] += 1;
		expect(vms, 3, "2");
	}
	vms[2].state = "held";
	expect(vms, 3, "3");
	/* Found again in another place; as 3 was told it was held. */
	others[0].state = "held";
	expect(others, 2, "4");
	expect(NULL, 0, "");
	expect(others, 2, "34");
	report_close(report);
	capture_close(&out);
}

static void when_due(void)
{
	struct vm_figures vm = vm_of(1);
	struct lines lines;

	out = capture_pipe();
	report = report_to(out.write, -1, 100000);
	ck_assert_int_eq(report_progress(report, NULL, 0), -1);
	/* It was told that there is none. */
	for (int i = 0; i < 3; i++) {
		int left = report_progress(report, &vm, 1);

		ck_assert_int_gt(left, 90000);
		ck_assert_int_le(left, 100000);
	}
	lines = lines_parse(out.read);
	ck_assert_uint_eq(lines.count, 0);
	report_close(report);
	capture_close(&out);
}

static void report_json_progress_tells_only_news(void)
{
	only_news();
	when_due();
}

TEST_MAIN(report_json_progress_tells_only_news)
