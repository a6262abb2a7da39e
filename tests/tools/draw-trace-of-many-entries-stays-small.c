/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* However many entries there are, and however they lie, the picture has less than 1 MB. */
#include "test.h"

#include "picture.h"
#include "xml.h"

#define COUNT 200000

static void expect_small(const struct uffd_workingset_entry *entries, const char *what)
{
	char *svg = picture_of_trace(what, 4 * GIB, 4 * KIB, entries, COUNT);

	ck_assert_msg(strlen(svg) < 1000000, "%s: %zu bytes", what, strlen(svg));
	ck_assert_uint_ge(xml_marks(svg, "fault"), 100);
	free(svg);
}

/* Every second cell of a column has a mark of each kind. */
static void stripes(struct uffd_workingset_entry *entries)
{
	static const uint32_t kinds[] = {LIBUFFD_FAULT_MISSING, LIBUFFD_DEMAND, LIBUFFD_PREFETCH};
	uint64_t row = 4 * GIB / 120;

	for (uint64_t i = 0; i < COUNT; i++) {
		uint64_t offset = i / 3 % 120 * row / (4 * KIB) * 4 * KIB;

		entries[i] =
			picture_entry(kinds[i % 3], offset, 4 * KIB, offset, i / 360 * 1000, i);
	}
}

static void noise(struct uffd_workingset_entry *entries)
{
	uint64_t state = 1;

	for (uint64_t i = 0; i < COUNT; i++) {
		uint64_t offset = picture_random(&state) % (4 * GIB - 64 * KIB);
		uint32_t kind = 1 + picture_random(&state) % 4;

		entries[i] = picture_entry(kind, offset, 64 * KIB, offset,
					   picture_random(&state) % 1000000000,
					   picture_random(&state) >> picture_random(&state) % 64);
	}
}

static void many(void)
{
	struct uffd_workingset_entry *entries = calloc(COUNT, sizeof(*entries));

	ck_assert_ptr_nonnull(entries);
	stripes(entries);
	expect_small(entries, "stripes");
	noise(entries);
	expect_small(entries, "noise");
	free(entries);
}
TEST_MAIN(many)
