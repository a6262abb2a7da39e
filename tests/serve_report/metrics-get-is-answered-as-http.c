/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * GET /metrics is answered with the headers that Prometheus asks for, in HTTP/1.1 and HTTP/1.0, in
 * whatever pieces the request arrives; HEAD with the headers alone.
 */
#include "stats.h"

#include <sys/socket.h>

#define REQUEST "GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: text/plain\r\n\r\n"

static void expect_text(struct stats *s, const char *request, bool ended)
{
	char *answer = stats_ask(s, request, ended);

	ck_assert(is_bare(http_body(answer, 200)));
	free(answer);
}

static void byte_by_byte(struct stats *s)
{
	int client = stats_connect(s);
	char *answer;

	for (const char *c = REQUEST; *c; c++) {
		ck_assert_int_eq(send(client, c, 1, MSG_NOSIGNAL), 1);
		ck_assert(stats_work(s, 5000));
		/* Of the first, all there was to do was to accept it. */
		if (c == (const char *)REQUEST)
			ck_assert(stats_work(s, 5000));
		ck_assert_uint_eq(s->asked, c[1] ? 0 : 1);
	}
	answer = stats_answer(s, client);
	ck_assert(is_bare(http_body(answer, 200)));
	free(answer);
	close(client);
}

static void headers_alone(struct stats *s)
{
	char *answer = stats_ask(s, "HEAD /metrics HTTP/1.1\r\n\r\n", false);

	ck_assert_str_eq(http_body(answer, 200), "");
	free(answer);
}

static void metrics_get_is_answered_as_http(void)
{
	struct stats s;

	stats_open(&s);
	byte_by_byte(&s);
	expect_text(&s, REQUEST, false);
	expect_text(&s, REQUEST, true);
	expect_text(&s, "GET /metrics HTTP/1.0\r\n\r\n", false);
	expect_text(&s, "GET /metrics HTTP/1.0\n\n", false);
	expect_text(&s, "GET /metrics?name=x HTTP/1.1\r\n\r\n", false);
	headers_alone(&s);
	stats_close(&s);
}

TEST_MAIN(metrics_get_is_answered_as_http)
