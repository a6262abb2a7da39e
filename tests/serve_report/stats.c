/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: a stats socket, served by the test's own thread, and clients of it. */
#include "stats.h"

#include "exposition.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#define VMS_MOST 4096
static struct vm_figures vms[VMS_MOST];

static size_t figures(void *user, const struct vm_figures **out, struct totals *totals)
{
	struct stats *s = user;

	ck_assert_uint_le(s->vms, VMS_MOST);
	for (size_t i = 0; i < s->vms; i++)
		vms[i] =
			(struct vm_figures){.id = (uint32_t)i + 1, .pid = 4711, .state = "serving"};
	*out = vms;
	totals->connections = ++s->asked;
	return s->vms;
}

static struct sockaddr_un address_of(const struct stats *s)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	strcpy(address.sun_path, s->path);
	return address;
}

void stats_open(struct stats *s)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;

	memset(s, 0, sizeof(*s));
	s->vms = 2;
	strcpy(s->directory, "/tmp/uffd-stats-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(s->directory));
	snprintf(s->path, sizeof(s->path), "%s/socket", s->directory);
	address = address_of(s);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(fd, 64), 0);
	ck_assert_int_eq(metrics_open(&s->metrics, fd, figures, s), 0);
}

void stats_close(struct stats *s)
{
	metrics_close(s->metrics);
	unlink(s->path);
	rmdir(s->directory);
}

bool stats_work(struct stats *s, int timeout_ms)
{
	struct pollfd polled = {.fd = metrics_fd(s->metrics), .events = POLLIN};
	int ready = poll(&polled, 1, timeout_ms);

	ck_assert_int_ge(ready, 0);
	if (ready)
		metrics_work(s->metrics);
	return ready;
}

int stats_connect(const struct stats *s)
{
	struct sockaddr_un address = address_of(s);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

void stats_say(int client, const char *text)
{
	ck_assert_int_eq(send(client, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

char *stats_answer(struct stats *s, int client)
{
	size_t size = 1 << 16, length = 0;
	char *answer = malloc(size);
	ssize_t n;

	for (;;) {
		ck_assert_ptr_nonnull(answer);
		n = recv(client, answer + length, size - length - 1, 0);
		if (n == 0)
			break;
		if (n < 0) {
			ck_assert_msg(errno == EAGAIN, "%s", strerror(errno));
			ck_assert_msg(stats_work(s, 5000), "the client is left waiting");
			continue;
		}
		length += (size_t)n;
		if (size - length < 4096)
			answer = realloc(answer, size *= 2);
	}
	answer[length] = '\0';
	ck_assert_uint_eq(strlen(answer), length);
	return answer;
}

char *stats_ask(struct stats *s, const char *text, bool ended)
{
	int client = stats_connect(s);
	char *answer;

	stats_say(client, text);
	if (ended)
		ck_assert_int_eq(shutdown(client, SHUT_WR), 0);
	answer = stats_answer(s, client);
	close(client);
	return answer;
}

bool is_bare(const char *answer)
{
	static struct exposition e;

	if (strncmp(answer, "# HELP uffd_serve_", 18) != 0)
		return false;
	exposition_parse(&e, answer);
	return true;
}

/* The header's lines as they must be, in any order. */
const char *http_body(const char *answer, int status)
{
	const char *body = strstr(answer, "\r\n\r\n");
	char line[64];
	size_t length;

	ck_assert_msg(body != NULL, "no end of the header: %s", answer);
	body += 4;
	snprintf(line, sizeof(line), "HTTP/1.1 %d ", status);
	ck_assert_msg(!strncmp(answer, line, strlen(line)), "%d expected: %.40s", status, answer);
	snprintf(line, sizeof(line), "\r\nContent-Type: text/plain%s\r\n",
		 status == 200 ? "; version=0.0.4" : "");
	ck_assert_ptr_nonnull(strstr(answer, line));
	ck_assert_ptr_nonnull(strstr(answer, "\r\nConnection: close\r\n"));
	ck_assert_ptr_nonnull(strstr(answer, "\r\nContent-Length: "));
	length = strtoul(strstr(answer, "\r\nContent-Length: ") + 18, NULL, 10);
	ck_assert_uint_gt(length, 0);
	if (*body)
		ck_assert_uint_eq(length, strlen(body));
	return body;
}
