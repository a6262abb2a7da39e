/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what a client of the stats socket asks for, and the HTTP headers of the answer.
 * Must never: touch a descriptor, or read behind the bytes that it is given.
 */
#ifndef SERVE_METRICS_REQUEST_H
#define SERVE_METRICS_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#define REQUEST_MOST 8192u /* bytes of the request's line and headers */

/* Otherwise the answer is an HTTP status. */
#define ANSWER_WAIT 0 /* it may be a request, and is not complete */
#define ANSWER_BARE 1 /* it is no HTTP: the text alone */

struct answer {
	int status;
	bool head_only; /* HEAD: the headers alone */
};

/* ended: nothing more will come. */
struct answer request_answer(const char *request, size_t length, bool ended);

/* The header of the answer, with its NUL; returns its length. text: bytes of what follows it. */
#define HEADER_MOST 256
size_t request_header(char header[HEADER_MOST], int status, size_t text);
/* What follows the header of a status other than 200, one line. */
const char *request_error(int status);

#endif
