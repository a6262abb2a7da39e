/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* uffd-wset --json writes one JSON object and nothing else, with every number as it is. */
#include "tool.h"

#include <json-c/json.h>

static struct tool_outcome o;

static struct json_object *parse(void)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *object;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	object = json_tokener_parse_ex(tokener, o.out, (int)strlen(o.out) + 1);
	ck_assert_msg(json_tokener_get_error(tokener) == json_tokener_success, "%s",
		      json_tokener_error_desc(json_tokener_get_error(tokener)));
	json_tokener_free(tokener);
	return object;
}

static struct json_object *member(struct json_object *of, const char *key)
{
	struct json_object *value = NULL;

	ck_assert_msg(json_object_object_get_ex(of, key, &value), "no member %s", key);
	return value;
}

static uint64_t number(struct json_object *of, const char *key)
{
	struct json_object *value = member(of, key);

	ck_assert_msg(json_object_is_type(value, json_type_int), "%s is no integer", key);
	return json_object_get_uint64(value);
}

static void expect_shown(struct json_object *s, size_t listed)
{
	struct json_object *demand = member(member(s, "kinds"), "demand"), *order, *last;

	ck_assert_str_eq(json_object_get_string(member(s, "uffd_wset")), LIBUFFD_VERSION_STRING);
	ck_assert_uint_eq(number(s, "region_length"), TOOL_REGION);
	ck_assert_uint_eq(number(s, "page_size"), TOOL_PAGE);
	ck_assert_uint_eq(number(s, "source_offset"), 8192);
	ck_assert_uint_eq(number(s, "source_length"), TOOL_REGION + 8192);
	ck_assert_uint_eq(number(s, "entries"), 12);
	ck_assert_uint_eq(number(s, "lost"), 7);
	ck_assert_uint_eq(number(s, "pages"), 24);
	ck_assert_uint_eq(number(s, "packed_bytes"), 8192);
	ck_assert_uint_eq(number(s, "writes"), 1);
	ck_assert_uint_eq(number(s, "last_ns"), UINT64_MAX - 1);
	ck_assert_uint_eq(number(demand, "entries"), 12);
	ck_assert_uint_eq(number(demand, "pages"), 24);
	ck_assert_uint_eq(number(member(member(s, "kinds"), "prefetch"), "entries"), 0);
	order = member(s, "order");
	ck_assert_uint_eq(json_object_array_length(order), listed);
	last = json_object_array_get_idx(order, listed - 1);
	ck_assert_uint_eq(number(last, "offset"), (listed - 1) * 2 * TOOL_PAGE);
	ck_assert_uint_eq(number(last, "length"), 2 * TOOL_PAGE);
	ck_assert_uint_eq(number(last, "fault_offset"), (listed * 2 - 1) * TOOL_PAGE);
	ck_assert_str_eq(json_object_get_string(member(last, "kind")), "demand");
	ck_assert_int_eq(json_object_get_boolean(member(last, "write")), listed == 12);
	if (listed == 12)
		ck_assert_uint_eq(number(last, "latency_ns"), UINT64_MAX);
	json_object_put(s);
}

static void json(void)
{
	struct uffd_workingset_entry e[12];
	struct json_object *c;

	tool_begin();
	for (uint64_t i = 0; i < 12; i++)
		e[i] = tool_entry(LIBUFFD_DEMAND, 2 * i, 2, 2 * i + 1, i, 0);
	e[11].time_ns = UINT64_MAX - 1;
	e[11].latency_ns = UINT64_MAX;
	e[11].flags = LIBUFFD_EXTENT_WRITE;
	tool_sample_of("a.wset", TOOL_REGION, TOOL_PAGE, 7, 2, e, 12);
	tool_sample("b.wset", e, 6);
	tool_sample("empty.wset", NULL, 0);

	tool_succeeds(&o, "show --json a.wset");
	expect_shown(parse(), 10);
	tool_succeeds(&o, "show -j -e a.wset");
	expect_shown(parse(), 12);

	tool_succeeds(&o, "compare --json a.wset b.wset");
	c = parse();
	ck_assert_uint_eq(number(c, "only_a"), 12);
	ck_assert_uint_eq(number(c, "only_b"), 0);
	ck_assert_uint_eq(number(c, "both"), 12);
	ck_assert_double_eq(json_object_get_double(member(c, "overlap_percent")), 50);
	ck_assert_double_eq(json_object_get_double(member(c, "order_percent")), 100);
	json_object_put(c);
	tool_succeeds(&o, "compare --json empty.wset empty.wset");
	c = parse();
	ck_assert_ptr_null(member(c, "overlap_percent"));
	ck_assert_ptr_null(member(c, "order_percent"));
	json_object_put(c);
}
TEST_MAIN(json)
