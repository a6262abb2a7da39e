/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What a peer has chosen reaches neither a terminal nor a program as it is: control characters and
 * bytes that are not UTF-8 come as \xNN, and in JSON a quote is escaped once more. A detail as long
 * as can be is cut, and its line still goes through a pipe in one piece.
 */
#include "capture.h"
#include "parse.h"
#include "terminal.h"

#define EVIL  "a\033[2Jb\r\nc\x9b\xff\"d\\ \xc2\x9b \xe2\x80\xae \xc3\xa9"
#define TAMED "a\\x1b[2Jb\\x0d\\x0ac\\x9b\\xff\"d\\\\ \\xc2\\x9b \\xe2\\x80\\xae \xc3\xa9"

/* Every way a detail can take. */
static void tell(struct report *report, const char *detail)
{
	struct vm_figures vm = vm_of(3);

	report_server(report, "listening", detail);
	report_vm(report, "lost", &vm, detail);
	report_refused(report, REFUSED_HANDSHAKE, 17, detail);
	report_log(report, LIBUFFD_LOG_ERROR, 3, detail);
}

static void check_clean(const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		ck_assert_msg(*c == '\n' || *c == '\r' || (*c >= 0x20 && *c != 0x7f),
			      "byte %02x in %s", *c, text);
}

static void to_a_pipe(void)
{
	struct capture out = capture_pipe(), errors = capture_pipe();
	struct report *report = report_to(out.write, errors.write, 1000);
	struct lines lines;
	char *text;

	tell(report, EVIL);
	text = drain(out.read);
	check_clean(text);
	lines = lines_parse_text(text);
	ck_assert_uint_eq(lines.count, 3);
	for (size_t i = 0; i < lines.count; i++)
		ck_assert_str_eq(text_of(lines.at[i], "detail"), TAMED);
	lines_free(&lines);
	text = drain(errors.read);
	check_clean(text);
	ck_assert_uint_eq(count_lines(text), 2);
	ck_assert_str_eq(text, "uffd-serve: refused a connection of pid 17 (handshake): " TAMED
			       "\nuffd-serve: vm 3: error: " TAMED "\n");
	free(text);
	report_close(report);
	capture_close(&out);
	capture_close(&errors);
}

static void to_a_terminal(void)
{
	struct terminal t = terminal_make(80, 25, "dumb");
	struct report *report = report_to(t.slave, t.slave, 1000);
	char *text, *at;

	tell(report, EVIL);
	text = drain(t.master);
	check_clean(text);
	ck_assert_uint_eq(count_lines(text), 4);
	at = text;
	for (int i = 0; i < 4; i++) {
		at = strstr(at, TAMED);
		ck_assert_ptr_nonnull(at);
		at++;
	}
	free(text);
	report_close(report);
	terminal_free(&t);
}

/* All of them become two bytes, and four in JSON. */
static void as_long_as_can_be(void)
{
	struct capture out = capture_pipe(), errors = capture_pipe();
	struct report *report = report_to(out.write, errors.write, 1000);
	static char detail[20000];
	struct lines lines;
	const char *cut;
	char *text;

	memset(detail, '\\', sizeof(detail) - 1);
	tell(report, detail);
	text = drain(out.read);
	for (const char *line = text; *line; line = strchr(line, '\n') + 1)
		ck_assert_uint_le((size_t)(strchr(line, '\n') - line), 4096 - 1);
	lines = lines_parse_text(text);
	ck_assert_uint_eq(lines.count, 3);
	cut = text_of(lines.at[1], "detail");
	ck_assert_uint_gt(strlen(cut), 1000);
	ck_assert_str_eq(cut + strlen(cut) - 5, "\\\\...");
	lines_free(&lines);
	text = drain(errors.read);
	ck_assert_uint_eq(count_lines(text), 2);
	free(text);
	report_close(report);
	capture_close(&out);
	capture_close(&errors);
}

static void report_text_of_peers_is_escaped(void)
{
	to_a_pipe();
	to_a_terminal();
	as_long_as_can_be();
}

TEST_MAIN(report_text_of_peers_is_escaped)
