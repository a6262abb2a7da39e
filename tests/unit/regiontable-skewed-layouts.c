/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Regions of very different sizes and distances are all found, and nothing between them is. */
#include "test.h"

#include "memory/regiontable.h"
#include "random.h"

#define MAX REPEAT(2000)

static uint64_t starts[MAX], ends[MAX];

static struct uffd_region *handle(unsigned int i)
{
	return (struct uffd_region *)(uintptr_t)((i + 1) * 64u);
}

static void expect_found(const struct region_table *t, unsigned int i)
{
	uint64_t at[3] = {starts[i], ends[i] - 1, starts[i] + (ends[i] - starts[i]) / 2};
	struct table_entry e;

	for (int k = 0; k < 3; k++)
		ck_assert_msg(table_lookup(t, at[k], &e) && e.region == handle(i) &&
				      e.start == starts[i] && e.end == ends[i],
			      "region %u of [%llx, %llx) is not found at %llx", i,
			      (unsigned long long)starts[i], (unsigned long long)ends[i],
			      (unsigned long long)at[k]);
}

/* distance and size of the region with number i, given the end of the one before. */
static void layout(unsigned int count, uint64_t (*distance)(unsigned int i),
		   uint64_t (*size)(unsigned int i))
{
	static unsigned int order[MAX];
	struct region_table t;
	struct table_entry e;
	uint64_t end = 0x10000, seed = count;

	table_init(&t);
	for (unsigned int i = 0; i < count; i++) {
		order[i] = i;
		starts[i] = end + distance(i);
		ends[i] = end = starts[i] + size(i);
	}
	/* In any order. */
	for (unsigned int i = count; i-- > 1;) {
		unsigned int j = (unsigned int)random_below(&seed, i + 1), swap = order[i];

		order[i] = order[j];
		order[j] = swap;
	}
	for (unsigned int i = 0; i < count; i++) {
		unsigned int r = order[i];
		struct table_entry in = {starts[r], ends[r], handle(r), 0};

		ck_assert_int_eq(table_insert(&t, &in), 0);
		ck_assert_int_eq(table_insert(&t, &in), -EEXIST);
		expect_found(&t, order[random_below(&seed, i + 1)]);
	}
	for (unsigned int i = 0; i < count; i++) {
		expect_found(&t, i);
		if (i > 0 && ends[i - 1] < starts[i]) {
			ck_assert(!table_lookup(&t, starts[i] - 1, &e));
			ck_assert(!table_lookup(&t, ends[i - 1], &e));
		}
	}
	ck_assert(!table_lookup(&t, starts[0] - 1, &e));
	ck_assert(!table_lookup(&t, ends[count - 1], &e));
	/* Every other one goes, the rest stays. */
	for (unsigned int i = 0; i < count; i += 2)
		table_remove_region(&t, handle(i));
	for (unsigned int i = 0; i < count; i++) {
		if (i % 2)
			expect_found(&t, i);
		else
			ck_assert(!table_lookup(&t, starts[i], &e));
	}
	table_fini(&t);
}

static uint64_t none(unsigned int i)
{
	(void)i;
	return 0;
}

static uint64_t page(unsigned int i)
{
	(void)i;
	return 4096;
}

static uint64_t far_away(unsigned int i)
{
	return i == 3 ? UINT64_C(1) << 46 : 4096; /* the heap and the stack */
}

static uint64_t last_is_huge(unsigned int i)
{
	return i == 5 ? UINT64_C(1) << 45 : 4096;
}

static uint64_t doubling(unsigned int i)
{
	return UINT64_C(4096) << (i % 33);
}

static uint64_t irregular(unsigned int i)
{
	uint64_t seed = i + 1;

	return 4096 * (random_below(&seed, 16) ? random_below(&seed, 4) + 1
					       : random_below(&seed, 1u << 20) + 1);
}

static void skewed_layouts(void)
{
	layout(1, none, page);
	layout(2, none, page);
	layout(16, none, page);
	layout(17, page, page);
	layout(MAX, none, page);
	layout(MAX, page, page);
	layout(MAX, far_away, page);
	layout(MAX / 4, page, last_is_huge);
	layout(40, doubling, page);
	layout(66, none, doubling);
	layout(66, doubling, doubling);
	layout(MAX, irregular, irregular);
}
TEST_MAIN(skewed_layouts)
