/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: pipes for a report's output and errors, and what is read from them. */
#include "capture.h"

struct report *report_to(int fd, int errors, unsigned int progress_ms)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int before = dup(STDERR_FILENO);
	struct report *report = NULL;
	int ret;

	ck_assert_int_ge(null, 0);
	ck_assert_int_ge(before, 0);
	ck_assert_int_eq(dup2(errors < 0 ? null : errors, STDERR_FILENO), STDERR_FILENO);
	ret = report_open(&report, fd, progress_ms);
	ck_assert_int_eq(dup2(before, STDERR_FILENO), STDERR_FILENO);
	close(before);
	close(null);
	ck_assert_int_eq(ret, 0);
	return report;
}

struct capture capture_pipe(void)
{
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	return (struct capture){.read = ends[0], .write = ends[1]};
}

void capture_close(struct capture *c)
{
	close(c->read);
	close(c->write);
}

char *drain(int fd)
{
	size_t size = 65536, length = 0;
	char *text = malloc(size);

	for (;;) {
		ssize_t n;

		ck_assert_ptr_nonnull(text);
		n = read(fd, text + length, size - length - 1);
		/* A terminal whose other side is closed answers EIO. */
		if (n < 0)
			ck_assert(errno == EAGAIN || errno == EIO);
		if (n <= 0)
			break;
		length += (size_t)n;
		if (size - length < 4096)
			text = realloc(text, size *= 2);
	}
	text[length] = '\0';
	return text;
}

size_t count_lines(const char *text)
{
	size_t lines = 0, length = strlen(text);

	ck_assert_msg(length == 0 || text[length - 1] == '\n', "the last line has no end");
	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

size_t fill_pipe(const struct capture *c)
{
	static char page[4096];
	size_t filled = 0;
	ssize_t n;
	int flags = fcntl(c->write, F_GETFL);

	memset(page, '#', sizeof(page));
	ck_assert_int_eq(fcntl(c->write, F_SETFL, flags | O_NONBLOCK), 0);
	while ((n = write(c->write, page, sizeof(page))) > 0)
		filled += (size_t)n;
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(fcntl(c->write, F_SETFL, flags), 0);
	return filled;
}

void skip_bytes(int fd, size_t length)
{
	static char buffer[4096];

	while (length > 0) {
		ssize_t n = read(fd, buffer, length < sizeof(buffer) ? length : sizeof(buffer));

		ck_assert_int_gt(n, 0);
		length -= (size_t)n;
	}
}

struct vm_figures vm_of(uint32_t id)
{
	return (struct vm_figures){.id = id,
				   .pid = 4711,
				   .state = "serving",
				   .bytes_total = UINT64_C(1024) << 20,
				   .bytes_filled = UINT64_C(512) << 20,
				   .bytes_discarded = UINT64_C(3) << 20,
				   .faults = 812,
				   .reads = 99,
				   .read_bytes = UINT64_C(400) << 20,
				   .read_errors = 2,
				   .bytes_lost = 8192,
				   .p50_ns = 150000,
				   .p99_ns = 1200000,
				   .age_ns = UINT64_C(18446744073709551615)};
}
