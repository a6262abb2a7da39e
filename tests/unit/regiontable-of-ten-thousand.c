/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Ten thousand regions are inserted, found and taken out again, each at its address. */
#include "test.h"

#include "memory/regiontable.h"
#include "random.h"

#define COUNT    REPEAT(10000u)
#define START(i) (UINT64_C(0x550000000000) + (uint64_t)(i)*0x10000)
#define SIZE     0x8000u

static struct uffd_region *handle(unsigned int i)
{
	return (struct uffd_region *)(uintptr_t)((i + 1) * 64u);
}

static void of_ten_thousand(void)
{
	struct region_table t;
	struct table_entry e;
	uint64_t seed = 5;

	table_init(&t);
	for (unsigned int i = 0; i < COUNT; i++) {
		struct table_entry in = {START(i), START(i) + SIZE, handle(i), 0};

		ck_assert_int_eq(table_insert(&t, &in), 0);
	}
	for (unsigned int n = 0; n < REPEAT(100000u); n++) {
		unsigned int i = (unsigned int)random_below(&seed, COUNT);
		uint64_t offset = random_below(&seed, SIZE);

		ck_assert(table_lookup(&t, START(i) + offset, &e) && e.region == handle(i));
		ck_assert(!table_lookup(&t, START(i) + SIZE + offset, &e));
	}
	/* All but every tenth, in one cut of what is between. */
	for (unsigned int i = 0; i < COUNT; i += 10)
		ck_assert_int_eq(table_cut(&t, START(i + 1), START(i + 10), NULL, NULL), 0);
	for (unsigned int i = 0; i < COUNT; i++)
		ck_assert_int_eq(table_lookup(&t, START(i), &e), i % 10 == 0);
	table_fini(&t);
}
TEST_MAIN(of_ten_thousand)
