/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: JSON lines, read by a strict parser. */
#include "parse.h"

static struct json_object *parse_line(const char *line, size_t length)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *object;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, line, (int)length);
	ck_assert_msg(json_tokener_get_error(tokener) == json_tokener_success, "%s: %.*s",
		      json_tokener_error_desc(json_tokener_get_error(tokener)), (int)length, line);
	ck_assert_uint_eq(json_tokener_get_parse_end(tokener), length);
	ck_assert(json_object_is_type(object, json_type_object));
	json_tokener_free(tokener);
	return object;
}

struct lines lines_parse_text(char *text)
{
	struct lines lines = {0};

	for (char *line = text, *end; *line; line = end + 1) {
		end = strchr(line, '\n');
		ck_assert_msg(end != NULL, "a line without its end: %s", line);
		ck_assert_uint_lt(lines.count, LINES_MOST);
		lines.at[lines.count++] = parse_line(line, (size_t)(end - line));
	}
	free(text);
	return lines;
}

struct lines lines_parse(int fd)
{
	return lines_parse_text(drain(fd));
}

void lines_free(struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		json_object_put(lines->at[i]);
}

struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	ck_assert_msg(json_object_object_get_ex(object, key, &value), "no %s in %s", key,
		      json_object_to_json_string(object));
	return value;
}

const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value = member(object, key);

	ck_assert(json_object_is_type(value, json_type_string));
	return json_object_get_string(value);
}

uint64_t number_of(struct json_object *object, const char *key)
{
	struct json_object *value = member(object, key);

	ck_assert_msg(json_object_is_type(value, json_type_int), "%s is no whole number", key);
	ck_assert_int_ge(json_object_get_int64(value), 0);
	return json_object_get_uint64(value);
}
