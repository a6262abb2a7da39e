/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A stream socket that takes a part of a line gets the rest of it first when it takes more: lines
 * are whole also where writes are not.
 */
#include "capture.h"
#include "parse.h"

#include <sys/socket.h>

/* Reads in small pieces until nothing more comes, and tells progress in between. */
static char *read_slowly(struct report *report, int fd)
{
	size_t length = 0, size = 1 << 20;
	char *text = malloc(size);
	ssize_t n;

	ck_assert_ptr_nonnull(text);
	while ((n = read(fd, text + length, 700)) > 0) {
		length += (size_t)n;
		ck_assert_uint_lt(length + 700, size);
		report_progress(report, NULL, 0);
	}
	text[length] = '\0';
	return text;
}

static void report_full_socket_completes_its_line(void)
{
	static char detail[1000];
	struct vm_figures vm = vm_of(3);
	const int small = 1;
	struct report *report;
	struct lines lines;
	uint64_t arrived = 0, dropped = 0;
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	ck_assert_int_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	/* The least there is: half of it, which is what is taken at once, is less than a line. */
	ck_assert_int_eq(setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
	memset(detail, '"', sizeof(detail) - 1);
	report = report_to(ends[1], -1, 0);
	for (int i = 0; i < 50; i++) {
		report_server(report, "stopping", NULL);
		report_vm(report, "lost", &vm, detail);
	}
	ck_assert_int_eq(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);

	lines = lines_parse_text(read_slowly(report, ends[0]));
	for (size_t i = 0; i < lines.count; i++) {
		if (!strcmp(text_of(lines.at[i], "event"), "dropped"))
			dropped += number_of(lines.at[i], "lines");
		else
			arrived++;
	}
	ck_assert_uint_gt(dropped, 0);
	ck_assert_uint_eq(arrived + dropped, 100);
	lines_free(&lines);
	report_close(report);
	close(ends[0]);
	close(ends[1]);
}

TEST_MAIN(report_full_socket_completes_its_line)
