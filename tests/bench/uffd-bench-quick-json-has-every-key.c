/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * uffd-bench all --quick --json writes one JSON array and nothing else; every row of it has every
 * key, and what is measured anywhere has a ratio to its baseline.
 */
#include "test.h"

#include <json-c/json.h>
#include <sys/wait.h>

static struct json_object *run(void)
{
	const char *bench = getenv("UFFD_BENCH");
	struct json_tokener *tokener = json_tokener_new();
	static char text[1 << 18];
	struct json_object *rows;
	char command[4096];
	size_t length;
	int status;
	FILE *f;

	if (!bench)
		test_skip("UFFD_BENCH does not say where uffd-bench is");
	snprintf(command, sizeof(command), "'%s' all --quick --json", bench);
	f = popen(command, "re");
	ck_assert_ptr_nonnull(f);
	length = fread(text, 1, sizeof(text) - 1, f);
	status = pclose(f);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status 0x%x", status);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	rows = json_tokener_parse_ex(tokener, text, (int)length + 1);
	ck_assert_msg(json_tokener_get_error(tokener) == json_tokener_success, "%s",
		      json_tokener_error_desc(json_tokener_get_error(tokener)));
	json_tokener_free(tokener);
	return rows;
}

static struct json_object *member(struct json_object *row, const char *key)
{
	struct json_object *value = NULL;

	ck_assert_msg(json_object_object_get_ex(row, key, &value), "no member %s", key);
	return value;
}

static const char *text_of(struct json_object *row, const char *key)
{
	struct json_object *value = member(row, key);

	ck_assert_msg(json_object_is_type(value, json_type_string), "%s is no string", key);
	return json_object_get_string(value);
}

/* A number, or null where there is none. */
static bool has_figure(struct json_object *row, const char *key)
{
	struct json_object *value = member(row, key);

	if (!value)
		return false;
	ck_assert_msg(json_object_is_type(value, json_type_double) ||
			      json_object_is_type(value, json_type_int),
		      "%s is no number", key);
	ck_assert(json_object_get_double(value) >= 0);
	return true;
}

static void row_is_whole(struct json_object *row)
{
	struct json_object *baseline = member(row, "baseline");

	ck_assert_int_eq(json_object_object_length(row), 7);
	text_of(row, "bench");
	text_of(row, "variant");
	text_of(row, "metric");
	text_of(row, "unit");
	ck_assert(has_figure(row, "value"));
	ck_assert(!baseline || json_object_is_type(baseline, json_type_string));
	ck_assert(baseline || !has_figure(row, "ratio"));
}

static bool is(struct json_object *row, const char *bench, const char *variant, const char *metric)
{
	return strcmp(text_of(row, "bench"), bench) == 0 &&
	       strcmp(text_of(row, "variant"), variant) == 0 &&
	       strcmp(text_of(row, "metric"), metric) == 0;
}

static void has_ratio(struct json_object *rows, const char *bench, const char *variant,
		      const char *metric)
{
	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		if (is(row, bench, variant, metric)) {
			ck_assert_msg(has_figure(row, "ratio"), "%s %s %s has no ratio", bench,
				      variant, metric);
			return;
		}
	}
	ck_abort_msg("no row %s %s %s", bench, variant, metric);
}

static void every_key(void)
{
	struct json_object *rows;

	close(test_uffd(0)); /* skips where there is none */
	rows = run();
	ck_assert(json_object_is_type(rows, json_type_array));
	for (size_t i = 0; i < json_object_array_length(rows); i++)
		row_is_whole(json_object_array_get_idx(rows, i));
	has_ratio(rows, "latency", "library", "same-cpu p50");
	has_ratio(rows, "latency", "sigsegv-mprotect", "same-cpu p99");
	has_ratio(rows, "touch", "library-anon", "sequential same-cpu");
	has_ratio(rows, "touch", "mmap-private", "random same-cpu");
	has_ratio(rows, "bulk", "library-claim-copy", "fill");
	has_ratio(rows, "bulk", "library-prefetch", "fill");
	has_ratio(rows, "scale", "regions-10000", "lookup");
	has_ratio(rows, "scale", "regions-10000", "set-up per region");
	json_object_put(rows);
}
TEST_MAIN(every_key)
