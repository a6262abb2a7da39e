/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Readers without a lock find what is there throughout, never what never was, and no entry mixed
 * of two, while a writer inserts, cuts and removes, growing the table under them.
 */
#include "crowd.h"

#include "memory/regiontable.h"

#define SLOTS 300u
#define SIZE  UINT64_C(0x10000)
#define BASE  UINT64_C(0x7e0000000000)
#define STEPS REPEAT(10000u)

static struct region_table table;
static _Atomic bool over;

/* Slot i's region says where it is; every third is there for ever. */
static struct uffd_region *handle(uint64_t slot)
{
	return (struct uffd_region *)(uintptr_t)((slot + 1) * 64u);
}

static bool constant(uint64_t slot)
{
	return slot % 3 == 0;
}

static int insert(uint64_t slot)
{
	struct table_entry e = {BASE + slot * SIZE, BASE + (slot + 1) * SIZE, handle(slot), 0};

	return table_insert(&table, &e);
}

static void writer(struct crowd_member *me)
{
	for (unsigned int i = 0; i < STEPS; i++) {
		uint64_t slot = random_below(&me->seed, SLOTS);
		uint64_t at = BASE + slot * SIZE + SIZE / 4;

		if (constant(slot))
			continue;
		switch (random_below(&me->seed, 4)) {
		case 0:
			CROWD_CHECK(table_cut(&table, at, at + SIZE / 2, NULL, NULL) == 0);
			break;
		case 1:
			table_remove_region(&table, handle(slot));
			break;
		default:
			table_remove_region(&table, handle(slot));
			CROWD_CHECK(insert(slot) == 0);
		}
	}
	atomic_store(&over, true);
}

static void reader(struct crowd_member *me)
{
	while (!atomic_load(&over)) {
		uint64_t slot = random_below(&me->seed, SLOTS + 2);
		uint64_t offset = random_below(&me->seed, SIZE);
		struct table_entry e;
		bool hit = table_lookup(&table, BASE + slot * SIZE + offset, &e);

		if (slot >= SLOTS) {
			CROWD_CHECK(!hit);
		} else if (hit) {
			uint64_t start = BASE + slot * SIZE;

			CROWD_CHECK(e.region == handle(slot));
			CROWD_CHECK(e.start >= start && e.end <= start + SIZE);
			CROWD_CHECK(e.start <= start + offset && start + offset < e.end);
			CROWD_CHECK(e.offset == e.start - start);
		} else {
			CROWD_CHECK(!constant(slot));
		}
	}
}

static void lookup_while_writing(void)
{
	static void (*const runs[])(struct crowd_member *) = {writer, reader, reader};

	table_init(&table);
	for (uint64_t slot = 0; slot < SLOTS; slot += 3)
		ck_assert_int_eq(insert(slot), 0);
	crowd(3, runs);
	table_fini(&table);
}
TEST_MAIN(lookup_while_writing)
