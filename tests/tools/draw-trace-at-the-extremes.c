/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Nothing, one, the smallest and the largest: all of them are pictures. */
#include "test.h"

#include "picture.h"
#include "xml.h"

static const uint64_t lengths[] = {
	4 * KIB, 12 * KIB, MIB, 3 * GIB, TIB, UINT64_C(1) << 47, UINT64_MAX - 4095,
};
static const uint64_t times[] = {0, 1, 999, 1000000, UINT64_C(3600000000000), UINT64_MAX};

static void nothing(uint64_t length)
{
	char *svg = picture_of_trace("", length, 4 * KIB, NULL, 0);

	ck_assert_uint_eq(xml_count(svg, ">nothing was asked for<"), 1);
	ck_assert_uint_eq(xml_count(svg, ">nothing waited<"), 1);
	free(svg);
}

/* At the beginning, and at the end, of the region and of time. */
static void one(uint64_t length, uint64_t time_ns, uint64_t latency_ns)
{
	uint64_t offsets[] = {0, length - 4 * KIB};

	for (int i = 0; i < 2; i++) {
		struct uffd_workingset_entry e =
			picture_entry(LIBUFFD_FAULT_MISSING, offsets[i], 4 * KIB, offsets[i],
				      time_ns, latency_ns);
		char *svg = picture_of_trace("one", length, 4 * KIB, &e, 1);

		ck_assert_uint_eq(xml_marks(svg, "fault"), 1);
		ck_assert_uint_eq(xml_marks(svg, "around"), 0);
		ck_assert_uint_eq(xml_count(svg, ">no latency was recorded<"), latency_ns == 0);
		free(svg);
	}
}

/* What lies outside of the region, or wants a page outside of itself, harms nothing. */
static void nonsense(void)
{
	struct uffd_workingset_entry e[] = {
		picture_entry(LIBUFFD_FAULT_MISSING, MIB, 4 * KIB, MIB, 0, 1),
		picture_entry(LIBUFFD_DEMAND, UINT64_MAX, 4 * KIB, 0, 0, 1),
		picture_entry(LIBUFFD_PREFETCH, 4 * KIB, UINT64_MAX, 0, 0, 1),
		picture_entry(LIBUFFD_DEMAND, 0, 0, 0, 0, 1),
		picture_entry(LIBUFFD_FAULT_MINOR, 0, 8 * KIB, UINT64_MAX - 8191, 0, 1),
	};
	char *svg = picture_of_trace("nonsense", MIB, 4 * KIB, e, 5), *sense;

	ck_assert_uint_eq(xml_marks(svg, "fault"), 1);
	ck_assert_uint_eq(xml_marks(svg, "demand"), 0);
	ck_assert_uint_eq(xml_marks(svg, "prefetch"), 0);
	e[4].fault_offset = 0;
	sense = picture_of_trace("nonsense", MIB, 4 * KIB, e, 5);
	ck_assert_str_eq(svg, sense);
	free(svg);
	free(sense);
}

static void extremes(void)
{
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		nothing(lengths[i]);
		for (size_t k = 0; k < sizeof(times) / sizeof(times[0]); k++) {
			one(lengths[i], times[k], 0);
			one(lengths[i], 0, times[k]);
			one(lengths[i], times[k], 5000);
		}
	}
	nonsense();
}
TEST_MAIN(extremes)
