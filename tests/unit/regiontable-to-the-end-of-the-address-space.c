/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Entries at both ends of the largest address space of any program (57 bits), and one of it all. */
#include "test.h"

#include "memory/regiontable.h"

#define TOP (UINT64_C(1) << 57)

static struct uffd_region *handle(unsigned int i)
{
	return (struct uffd_region *)(uintptr_t)((i + 1) * 64u);
}

static void to_the_end(void)
{
	struct region_table t;
	struct table_entry low = {0, 4096, handle(0), 0};
	struct table_entry high = {TOP - 4096, TOP, handle(1), 8192};
	struct table_entry all = {0, TOP, handle(2), 0}, e;

	table_init(&t);
	ck_assert_int_eq(table_insert(&t, &high), 0);
	ck_assert_int_eq(table_insert(&t, &low), 0);
	ck_assert_int_eq(table_insert(&t, &all), -EEXIST);
	ck_assert(table_lookup(&t, 0, &e) && e.region == handle(0));
	ck_assert(table_lookup(&t, TOP - 1, &e) && e.region == handle(1));
	ck_assert(!table_lookup(&t, TOP, &e));
	ck_assert(!table_lookup(&t, TOP / 2, &e));
	ck_assert(!table_lookup(&t, UINT64_MAX, &e));
	table_fini(&t);

	table_init(&t);
	ck_assert_int_eq(table_insert(&t, &all), 0);
	ck_assert(table_lookup(&t, TOP / 2, &e) && e.region == handle(2));
	ck_assert_int_eq(table_cut(&t, UINT64_C(1) << 40, UINT64_C(1) << 41, NULL, NULL), 0);
	ck_assert(!table_lookup(&t, UINT64_C(1) << 40, &e));
	ck_assert(table_lookup(&t, UINT64_C(1) << 41, &e) && e.offset == UINT64_C(1) << 41);
	ck_assert(table_lookup(&t, (UINT64_C(1) << 40) - 1, &e) && e.offset == 0);
	table_fini(&t);
}
TEST_MAIN(to_the_end)
