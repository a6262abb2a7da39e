/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: results as one JSON array, for programs.
 * Must never: leave a member out because there is no figure: null says so.
 */
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>

#include "result.h"

bool json_can(void)
{
	return true;
}

static void add(struct json_object *to, const char *key, struct json_object *value)
{
	json_object_object_add(to, key, value);
}

static struct json_object *figure(double value)
{
	char text[32];

	if (!isfinite(value))
		return NULL;
	snprintf(text, sizeof(text), "%.6g", value);
	return json_object_new_double_s(value, text);
}

static struct json_object *object(const struct results *r, const struct row *row)
{
	struct json_object *out = json_object_new_object();
	double ratio;

	add(out, "bench", json_object_new_string(row->bench));
	add(out, "variant", json_object_new_string(row->variant));
	add(out, "metric", json_object_new_string(row->metric));
	add(out, "value", figure(row_median(row)));
	add(out, "unit", json_object_new_string(row->unit));
	add(out, "baseline", row->baseline[0] ? json_object_new_string(row->baseline) : NULL);
	add(out, "ratio", row_ratio(r, row, &ratio) ? figure(ratio) : NULL);
	return out;
}

void print_json(const struct results *r)
{
	struct json_object *all = json_object_new_array();

	for (size_t i = 0; i < r->count; i++)
		json_object_array_add(all, object(r, &r->rows[i]));
	puts(json_object_to_json_string_ext(all, JSON_C_TO_STRING_PRETTY |
							 JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(all);
}
