/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See handshake.h: what the text says. */
#include "peer/firecracker/handshake.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

/* What Firecracker before 1.7 means. */
#define PAGE_SIZE_UNSAID 4096

struct place {
	struct json_object *object;
	size_t region;
	char *reason;
};

/* A number that is no integer, or larger than any: see feed_large() of handshake.c. */
static int refuse_double(const struct place *at, const char *name, struct json_object *value)
{
	double number = json_object_get_double(value);
	bool fits = number > -0x1p63 && number < 0x1p64;
	const char *text = json_object_to_json_string(value);
	size_t length = text ? strlen(text) : 0;

	if (!fits && length > 2 && !strcmp(text + length - 2, ".0"))
		length -= 2;
	return handshake_refuse(
		at->reason, -EDOM, "region %zu: %s is %.*s%s, %s", at->region, name,
		length < 40 ? (int)length : 40, text ? text : "", length > 40 ? "..." : "",
		fits ? "not written as a whole number" : "which 64 bits do not hold");
}

/* 1: it is there, 0: it is not, or a negative errno. */
static int number(const struct place *at, const char *name, uint64_t *value)
{
	struct json_object *found;

	if (!json_object_object_get_ex(at->object, name, &found))
		return 0;
	if (json_object_is_type(found, json_type_double))
		return refuse_double(at, name, found);
	if (!json_object_is_type(found, json_type_int))
		return handshake_refuse(at->reason, -ENOMSG,
					"region %zu: %s is of type %s, not a number", at->region,
					name, json_type_to_name(json_object_get_type(found)));
	if (json_object_get_int64(found) < 0)
		return handshake_refuse(at->reason, -EDOM,
					"region %zu: %s is %" PRId64 ", negative", at->region, name,
					json_object_get_int64(found));
	*value = json_object_get_uint64(found);
	return 1;
}

static int needed(const struct place *at, const char *name, uint64_t *value)
{
	int ret = number(at, name, value);

	if (ret == 0)
		return handshake_refuse(at->reason, -ENOKEY, "region %zu: no %s", at->region, name);
	return ret < 0 ? ret : 0;
}

static int page_size(const struct place *at, uint64_t *size)
{
	uint64_t kib = PAGE_SIZE_UNSAID;
	int old, new;

	old = number(at, "page_size_kib", &kib);
	if (old < 0)
		return old;
	*size = kib;
	new = number(at, "page_size", size);
	if (new < 0)
		return new;
	if (old && *size != kib)
		return handshake_refuse(at->reason, -EINVAL,
					"region %zu: page_size %" PRIu64
					" contradicts page_size_kib %" PRIu64 ", bytes as well",
					at->region, *size, kib);
	return 0;
}

static int region(const struct place *at, struct uffd_peer_region *r)
{
	int ret = needed(at, "base_host_virt_addr", &r->address);

	if (ret == 0)
		ret = needed(at, "size", &r->length);
	if (ret == 0)
		ret = needed(at, "offset", &r->offset);
	return ret < 0 ? ret : page_size(at, &r->page_size);
}

static bool overlap(const struct uffd_peer_region *a, const struct uffd_peer_region *b)
{
	return a->address < b->address + b->length && b->address < a->address + a->length;
}

static int refuse_overlap(const struct uffd_peer_region *regions, uint32_t count, uint32_t which,
			  char *reason)
{
	const struct uffd_peer_region *r = &regions[which];
	uint32_t other = 0;

	while (other < count - 1 && (other == which || !overlap(r, &regions[other])))
		other++;
	return handshake_refuse(reason, -EEXIST,
				"region %" PRIu32 ": 0x%" PRIx64 ", %" PRIu64
				" bytes, overlaps region %" PRIu32,
				which, r->address, r->length, other);
}

/* uffd_peer_check() says what; this says why. */
static int check(const struct uffd_peer_region *regions, uint32_t count, uint64_t content_length,
		 char *reason)
{
	uint32_t which = 0;
	int ret = uffd_peer_check(regions, count, content_length, &which);
	const struct uffd_peer_region *r = &regions[which];

	switch (ret) {
	case 0:
		return 0;
	case -EEXIST:
		return refuse_overlap(regions, count, which, reason);
	case -EOVERFLOW:
		return handshake_refuse(reason, ret,
					"region %" PRIu32 ": 0x%" PRIx64 " or offset %" PRIu64
					" and %" PRIu64 " bytes wrap",
					which, r->address, r->offset, r->length);
	case -ERANGE:
		return handshake_refuse(reason, ret,
					"region %" PRIu32 ": offset %" PRIu64 " and %" PRIu64
					" bytes end behind the content, %" PRIu64,
					which, r->offset, r->length, content_length);
	default:
		return handshake_refuse(reason, ret,
					"region %" PRIu32 ": impossible: 0x%" PRIx64 ", %" PRIu64
					" bytes, offset %" PRIu64 ", page size %" PRIu64,
					which, r->address, r->length, r->offset, r->page_size);
	}
}

static int count_fits(size_t came, uint32_t room, char *reason)
{
	if (came > room)
		return handshake_refuse(reason, -E2BIG, "%zu regions, room for %" PRIu32, came,
					room);
	if (came == 0)
		return handshake_refuse(reason, -EINVAL, "no region");
	if (came > LIBUFFD_PEER_REGIONS_MAX)
		return handshake_refuse(reason, -EINVAL, "%zu regions, %d at most", came,
					LIBUFFD_PEER_REGIONS_MAX);
	return 0;
}

int handshake_regions(const struct handshake *h, uint64_t content_length,
		      struct uffd_peer_region *regions, uint32_t *count)
{
	size_t came = json_object_array_length(h->array);
	int ret = count_fits(came, *count, h->reason);

	for (size_t i = 0; i < came && ret == 0; i++) {
		struct place at = {json_object_array_get_idx(h->array, i), i, h->reason};

		if (!json_object_is_type(at.object, json_type_object))
			return handshake_refuse(h->reason, -EBADMSG, "region %zu: not an object",
						i);
		/* The tokener keeps the last of them only. */
		if (json_object_object_length(at.object) != h->words.pairs[i])
			return handshake_refuse(h->reason, -EBADMSG,
						"region %zu: a field is there twice", i);
		ret = region(&at, &regions[i]);
	}
	if (ret == 0)
		ret = check(regions, (uint32_t)came, content_length, h->reason);
	if (ret < 0)
		return ret;
	*count = (uint32_t)came;
	return handshake_refuse(h->reason, 0, "%s", "");
}
