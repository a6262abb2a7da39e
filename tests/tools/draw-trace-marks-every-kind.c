/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Every entry is a mark in the colour of its kind; a fault's window has one more. */
#include "test.h"

#include "picture.h"
#include "xml.h"

static const struct uffd_workingset_entry *known(uint64_t *count)
{
	static struct uffd_workingset_entry e[9];
	uint64_t window = 64 * KIB;

	for (uint64_t i = 0; i < 3; i++) /* with a window */
		e[i] = picture_entry(LIBUFFD_FAULT_MISSING, i * MIB, window, i * MIB + 32 * KIB,
				     i * 1000000, 5000);
	e[3] = picture_entry(LIBUFFD_FAULT_MINOR, 4 * MIB, 4 * KIB, 4 * MIB, 4000000, 5000);
	e[4] = picture_entry(LIBUFFD_DEMAND, 8 * MIB, window, 8 * MIB, 5000000, 5000);
	e[5] = picture_entry(LIBUFFD_DEMAND, 9 * MIB, window, 9 * MIB, 6000000, 0);
	e[6] = picture_entry(LIBUFFD_PREFETCH, 12 * MIB, MIB, 12 * MIB, 7000000, 5000);
	/* The same again is no other mark. */
	e[7] = e[0];
	/* A kind of a later version. */
	e[8] = picture_entry(99, 14 * MIB, 4 * KIB, 14 * MIB, 3000000, 5000);
	*count = 9;
	return e;
}

static void marks(void)
{
	const struct uffd_workingset_entry *entries;
	uint64_t count;
	char *svg;

	entries = known(&count);
	svg = picture_of_trace("known", 16 * MIB, 4 * KIB, entries, count);
	ck_assert_uint_eq(xml_marks(svg, "fault"), 4);
	ck_assert_uint_eq(xml_marks(svg, "around"), 3);
	ck_assert_uint_eq(xml_marks(svg, "demand"), 2);
	ck_assert_uint_eq(xml_marks(svg, "prefetch"), 1);
	/* The legend tells how many there are, also where they are one mark. */
	ck_assert_uint_eq(xml_count(svg, ">faults: 5<"), 1);
	ck_assert_uint_eq(xml_count(svg, ">fault-around: 60 pages<"), 1);
	ck_assert_uint_eq(xml_count(svg, ">demands: 2<"), 1);
	ck_assert_uint_eq(xml_count(svg, ">prefetches: 1<"), 1);
	/* Six waited, of one it is not known how long; the prefetch is not among them. */
	ck_assert_uint_eq(xml_count(svg, ">6 of them "), 1);
	ck_assert_uint_eq(xml_count(svg, " 1 more without a time<"), 1);
	ck_assert_uint_eq(xml_count(svg, ">p50 5 \xc2\xb5s<"), 1);
	ck_assert_uint_eq(xml_count(svg, ">p99 5 \xc2\xb5s<"), 1);
	/* The axes have their units. */
	ck_assert_uint_eq(xml_count(svg, ">16 MiB<"), 1);
	ck_assert_uint_eq(xml_count(svg, ", ms<"), 1);
	free(svg);
}
TEST_MAIN(marks)
