/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what uffd-wset tells as one JSON object, for programs.
 * Must never: leave a member out, or round a number.
 */
#include <json-c/json.h>
#include <stdio.h>

#include "wset.h"

static void add(struct json_object *to, const char *key, struct json_object *value)
{
	json_object_object_add(to, key, value);
}

static void add_number(struct json_object *to, const char *key, uint64_t number)
{
	add(to, key, json_object_new_uint64(number));
}

/* null where there is none. */
static void add_percent(struct json_object *to, const char *key, double percent)
{
	add(to, key, percent < 0 ? NULL : json_object_new_double(percent));
}

static struct json_object *begin(void)
{
	struct json_object *out = json_object_new_object();

	add(out, "uffd_wset", json_object_new_string(LIBUFFD_VERSION_STRING));
	return out;
}

static void print(struct json_object *out)
{
	puts(json_object_to_json_string_ext(out, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
							 JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(out);
}

static struct json_object *kinds(const struct wset_counts *counts)
{
	struct json_object *out = json_object_new_object();

	for (int kind = 0; kind < WSET_KINDS; kind++) {
		struct json_object *one = json_object_new_object();

		add_number(one, "entries", counts->entries[kind]);
		add_number(one, "pages", counts->pages[kind]);
		add(out, wset_kind_names[kind], one);
	}
	return out;
}

static struct json_object *entry(const struct uffd_workingset_entry *e)
{
	struct json_object *out = json_object_new_object();
	int kind = wset_kind(e);

	add_number(out, "offset", e->offset);
	add_number(out, "length", e->length);
	add_number(out, "fault_offset", e->fault_offset);
	add_number(out, "time_ns", e->time_ns);
	add_number(out, "latency_ns", e->latency_ns);
	add(out, "kind", kind < 0 ? NULL : json_object_new_string(wset_kind_names[kind]));
	add(out, "write", json_object_new_boolean((e->flags & LIBUFFD_EXTENT_WRITE) != 0));
	return out;
}

bool wset_json_can(void)
{
	return true;
}

void wset_json_show(const struct wset *w, const struct wset_counts *counts, bool all_entries)
{
	const struct uffd_workingset_info *info = &w->info;
	struct json_object *out = begin(), *order = json_object_new_array();

	add_number(out, "region_length", info->region_length);
	add_number(out, "page_size", info->page_size);
	add_number(out, "source_offset", info->source_offset);
	add_number(out, "source_length", info->source_length);
	add_number(out, "entries", info->entries);
	add_number(out, "lost", info->lost);
	add_number(out, "pages", info->pages);
	add_number(out, "packed_bytes", info->packed_bytes);
	add_number(out, "last_ns", counts->last_ns);
	add_number(out, "writes", counts->writes);
	add(out, "kinds", kinds(counts));
	for (uint64_t i = 0; i < info->entries && (all_entries || i < WSET_HEAD); i++)
		json_object_array_add(order, entry(&w->entries[i]));
	add(out, "order", order);
	print(out);
}

void wset_json_compare(const struct wset_comparison *c)
{
	struct json_object *out = begin();

	add_number(out, "only_a", c->only_a);
	add_number(out, "only_b", c->only_b);
	add_number(out, "both", c->both);
	add_percent(out, "overlap_percent", wset_overlap(c));
	add_percent(out, "order_percent", wset_order(c));
	print(out);
}
