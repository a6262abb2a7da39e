/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* uffd-probe --json writes one JSON object and nothing else, and it says what the library says. */
#include "test.h"

#include <json-c/json.h>
#include <sys/wait.h>

#include <uffd/probe.h>
#include <uffd/raw.h>

static struct json_object *member(struct json_object *of, const char *key, enum json_type type)
{
	struct json_object *value = NULL;

	ck_assert_msg(json_object_object_get_ex(of, key, &value), "no member %s", key);
	ck_assert_msg(json_object_is_type(value, type), "%s has the wrong type", key);
	return value;
}

static struct json_object *run(int *status)
{
	const char *tool = getenv("UFFD_PROBE");
	static char text[1 << 16];
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *object;
	char command[4096];
	size_t length;
	FILE *f;

	if (!tool)
		test_skip("UFFD_PROBE does not say where uffd-probe is");
	snprintf(command, sizeof(command), "'%s' --json", tool);
	f = popen(command, "re");
	ck_assert_ptr_nonnull(f);
	length = fread(text, 1, sizeof(text) - 1, f);
	*status = WEXITSTATUS(pclose(f));
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	object = json_tokener_parse_ex(tokener, text, (int)length + 1);
	ck_assert_msg(json_tokener_get_error(tokener) == json_tokener_success, "%s",
		      json_tokener_error_desc(json_tokener_get_error(tokener)));
	json_tokener_free(tokener);
	return object;
}

/* true, false, or the name of an error. */
static void is_answer(struct json_object *row, const char *key, int expected)
{
	struct json_object *value = NULL;

	ck_assert_msg(json_object_object_get_ex(row, key, &value), "no member %s", key);
	if (expected < 0)
		ck_assert_msg(json_object_is_type(value, json_type_string), "%s is no error", key);
	else
		ck_assert_int_eq(json_object_get_boolean(value), expected);
}

static void row_agrees(struct json_object *row, uint32_t backing)
{
	struct uffd_memory_abilities can = {.size = sizeof(can)};
	struct json_object *type = member(row, "type", json_type_string);

	ck_assert_str_eq(json_object_get_string(type), uffd_backing_name(backing));
	if (uffd_probe_memory(backing, 0, &can) < 0)
		return;
	is_answer(row, "missing", can.missing);
	is_answer(row, "minor", can.minor);
	is_answer(row, "copy", can.copy);
	is_answer(row, "continue", can.continue_);
	is_answer(row, "move", can.move);
}

static void json(void)
{
	struct json_object *object, *memory, *uffd;
	uint64_t features = 0;
	int status;

	object = run(&status);
	ck_assert(json_object_is_type(object, json_type_object));
	ck_assert_str_eq(json_object_get_string(member(object, "uffd_probe", json_type_string)),
			 LIBUFFD_VERSION_STRING);
	ck_assert_int_eq(json_object_get_boolean(member(object, "works", json_type_boolean)),
			 status == 0);
	member(member(object, "kernel", json_type_object), "release", json_type_string);
	member(object, "process", json_type_object);
	member(object, "io_uring", json_type_object);
	member(object, "huge_pages", json_type_object);
	member(object, "kvm", json_type_object);
	uffd = member(object, "userfaultfd", json_type_object);
	uffd_raw_features(&features);
	ck_assert_uint_eq(json_object_array_length(member(uffd, "features", json_type_array)),
			  (size_t)__builtin_popcountll(features));
	memory = member(object, "memory", json_type_array);
	ck_assert_uint_ge(json_object_array_length(memory), 6);
	row_agrees(json_object_array_get_idx(memory, 0), LIBUFFD_BACKING_ANON);
	row_agrees(json_object_array_get_idx(memory, 1), LIBUFFD_BACKING_SHMEM);
	row_agrees(json_object_array_get_idx(memory, 2), LIBUFFD_BACKING_SHMEM_PRIVATE);
	json_object_put(object);
}

TEST_MAIN(json)
