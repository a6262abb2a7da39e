/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A request for something else is answered with the status that says so, and one line; the client
 * reads all of it, also if it has sent more than was wanted.
 */
#include "stats.h"

static void expect_status(struct stats *s, const char *request, bool ended, int status)
{
	char *answer = stats_ask(s, request, ended);
	const char *body = http_body(answer, status);

	ck_assert_ptr_eq(strchr(body, '\n'), body + strlen(body) - 1);
	ck_assert((status == 405) == (strstr(answer, "\r\nAllow: GET, HEAD\r\n") != NULL));
	free(answer);
}

/* A request of so many bytes up to the end of its headers. */
static char *long_request(size_t length)
{
	static const char first[] = "GET /metrics HTTP/1.1\r\nX: ";
	char *request = malloc(length + 1);

	ck_assert_ptr_nonnull(request);
	memset(request, 'x', length);
	memcpy(request, first, sizeof(first) - 1);
	memcpy(request + length - 4, "\r\n\r\n", 5);
	return request;
}

static void too_long(struct stats *s)
{
	char *request = long_request(8192), *answer;

	answer = stats_ask(s, request, false);
	ck_assert(is_bare(http_body(answer, 200)));
	free(answer);
	free(request);
	request = long_request(8193);
	expect_status(s, request, false, 431);
	free(request);
	request = long_request(100000);
	expect_status(s, request, false, 431);
	/* Not even its first line has an end. */
	memset(request, 'x', 100000);
	expect_status(s, request, false, 431);
	free(request);
}

static void metrics_wrong_request_has_its_status(void)
{
	struct stats s;

	stats_open(&s);
	expect_status(&s, "GET / HTTP/1.1\r\n\r\n", false, 404);
	expect_status(&s, "GET /metricss HTTP/1.1\r\n\r\n", false, 404);
	expect_status(&s, "GET /metric HTTP/1.1\r\n\r\n", false, 404);
	expect_status(&s, "POST /metrics HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", false, 405);
	expect_status(&s, "get /metrics HTTP/1.1\r\n\r\n", false, 405);
	expect_status(&s, "GET /metrics HTTP/2.0\r\n\r\n", false, 505);
	expect_status(&s, "GET /metrics HTTP/1.1 again\r\n\r\n", false, 400);
	expect_status(&s, "GET /metrics HTTP/1.1\r\nHost: x\r\n", true, 400);
	too_long(&s);
	stats_close(&s);
}

TEST_MAIN(metrics_wrong_request_has_its_status)
