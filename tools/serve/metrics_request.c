/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what a client of the stats socket asks for, and the HTTP headers of the answer.
 * Must never: touch a descriptor, or read behind the bytes that it is given.
 */
#include <stdio.h>
#include <string.h>

#include "serve/metrics_request.h"

struct word {
	const char *at;
	size_t length;
};

static bool is(struct word word, const char *text)
{
	return word.length == strlen(text) && !memcmp(word.at, text, word.length);
}

static bool begins(struct word word, const char *text)
{
	return word.length >= strlen(text) && !memcmp(word.at, text, strlen(text));
}

/* The next word of a line, which is shortened by it and one space. */
static struct word next_word(struct word *line)
{
	const char *space = memchr(line->at, ' ', line->length);
	struct word word = {line->at, space ? (size_t)(space - line->at) : line->length};
	size_t taken = word.length + (space ? 1 : 0);

	line->at += taken;
	line->length -= taken;
	return word;
}

/* The first line without its end; false: it is not complete. */
static bool first_line(const char *request, size_t length, struct word *line)
{
	const char *end = memchr(request, '\n', length);

	if (!end)
		return false;
	*line = (struct word){request, (size_t)(end - request)};
	if (line->length > 0 && line->at[line->length - 1] == '\r')
		line->length--;
	return true;
}

/* Whether the empty line is there that ends the headers. */
static bool headers_end(const char *request, size_t length)
{
	return memmem(request, length, "\n\r\n", 3) || memmem(request, length, "\n\n", 2);
}

static int status_of(struct word method, struct word target, struct word version)
{
	const char *query = memchr(target.at, '?', target.length);

	if (query)
		target.length = (size_t)(query - target.at);
	if (!begins(version, "HTTP/1."))
		return 505;
	if (!is(method, "GET") && !is(method, "HEAD"))
		return 405;
	return is(target, "/metrics") ? 200 : 404;
}

struct answer request_answer(const char *request, size_t length, bool ended)
{
	struct answer answer = {.status = ANSWER_WAIT};
	struct word line, method, target, version;

	if (!first_line(request, length, &line)) {
		if (length >= REQUEST_MOST)
			answer.status = 431;
		else if (ended)
			answer.status = ANSWER_BARE;
		return answer;
	}
	method = next_word(&line);
	target = next_word(&line);
	version = next_word(&line);
	/* Also HTTP before it had versions: its answers are bare. */
	if (!begins(version, "HTTP/")) {
		answer.status = ANSWER_BARE;
		return answer;
	}
	if (line.length > 0) {
		answer.status = 400;
	} else if (headers_end(request, length)) {
		answer.status = status_of(method, target, version);
		answer.head_only = is(method, "HEAD");
	} else if (length >= REQUEST_MOST) {
		answer.status = 431;
	} else if (ended) {
		answer.status = 400;
	}
	return answer;
}

static const char *reason(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 400:
		return "Bad Request";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 431:
		return "Request Header Fields Too Large";
	case 503:
		return "Service Unavailable";
	default:
		return "HTTP Version Not Supported";
	}
}

size_t request_header(char header[HEADER_MOST], int status, size_t text)
{
	return (size_t)snprintf(header, HEADER_MOST,
				"HTTP/1.1 %d %s\r\n"
				"Content-Type: text/plain%s\r\n"
				"Content-Length: %zu\r\n"
				"%s"
				"Connection: close\r\n\r\n",
				status, reason(status), status == 200 ? "; version=0.0.4" : "",
				text, status == 405 ? "Allow: GET, HEAD\r\n" : "");
}

const char *request_error(int status)
{
	switch (status) {
	case 400:
		return "The request is not complete, or not HTTP/1.1.\n";
	case 404:
		return "There is only /metrics.\n";
	case 405:
		return "There is only GET.\n";
	case 431:
		return "The request is longer than 8192 bytes.\n";
	case 503:
		return "There is no memory for the answer.\n";
	default:
		return "There is only HTTP/1.1 and HTTP/1.0.\n";
	}
}
