/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* JSON lines, read by a strict parser. */
#ifndef PARSE_H
#define PARSE_H

#include "capture.h"

#include <json-c/json.h>

#define LINES_MOST 4096

struct lines {
	size_t count;
	struct json_object *at[LINES_MOST];
};

/* Every line that can be read from fd now; each must be an object, and nothing behind it. */
struct lines lines_parse(int fd);
struct lines lines_parse_text(char *text);
void lines_free(struct lines *lines);

/* A member, which must be there. */
struct json_object *member(struct json_object *object, const char *key);
const char *text_of(struct json_object *object, const char *key);
/* A member that is a whole number, not negative. */
uint64_t number_of(struct json_object *object, const char *key);

#endif
