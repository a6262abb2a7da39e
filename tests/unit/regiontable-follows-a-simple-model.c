/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Any order of inserting, cutting and removing finds the same region and offset at every address as
 * a model that is an array of addresses, and refuses the same inserts.
 */
#include "test.h"

#include "memory/regiontable.h"
#include "random.h"

#define SPAN    600
#define REGIONS 64
#define STEPS   REPEAT(4000)

/* Units of address: the real one, so that shifts and bases are not always small. */
#define BASE UINT64_C(0x7f0000000000)
#define UNIT UINT64_C(0x1000)

struct cell {
	unsigned int region; /* 0: none */
	uint64_t offset;
};
static struct cell model[SPAN];
static struct region_table table;
static uint64_t seed = 77;

static struct uffd_region *handle(unsigned int region)
{
	return (struct uffd_region *)(uintptr_t)(region * 64u);
}

static void insert(uint64_t first, uint64_t end)
{
	unsigned int region = 1 + (unsigned int)random_below(&seed, REGIONS);
	uint64_t offset = UNIT * random_below(&seed, 1000);
	struct table_entry e = {BASE + first * UNIT, BASE + end * UNIT, handle(region), offset};
	bool overlaps = false;

	for (uint64_t i = first; i < end; i++)
		overlaps |= model[i].region != 0;
	ck_assert_int_eq(table_insert(&table, &e), overlaps ? -EEXIST : 0);
	for (uint64_t i = first; i < end && !overlaps; i++)
		model[i] = (struct cell){region, offset + (i - first) * UNIT};
}

static uint64_t cut_until;

static void cut_out(const struct table_entry *piece, void *user)
{
	ck_assert_ptr_eq(user, &table);
	ck_assert_uint_ge(piece->start, cut_until);
	for (uint64_t a = cut_until; a < piece->start; a += UNIT)
		ck_assert_uint_eq(model[(a - BASE) / UNIT].region, 0);
	for (uint64_t a = piece->start; a < piece->end; a += UNIT) {
		struct cell *c = &model[(a - BASE) / UNIT];

		ck_assert_ptr_eq(piece->region, handle(c->region));
		ck_assert_uint_eq(piece->offset + (a - piece->start), c->offset);
		c->region = 0;
	}
	cut_until = piece->end;
}

static void cut(uint64_t first, uint64_t end)
{
	cut_until = BASE + first * UNIT;
	ck_assert_int_eq(table_cut(&table, BASE + first * UNIT, BASE + end * UNIT, cut_out, &table),
			 0);
	for (uint64_t i = first; i < end; i++)
		ck_assert_uint_eq(model[i].region, 0);
}

static void remove_region(void)
{
	unsigned int region = 1 + (unsigned int)random_below(&seed, REGIONS);

	table_remove_region(&table, handle(region));
	for (unsigned int i = 0; i < SPAN; i++)
		if (model[i].region == region)
			model[i].region = 0;
}

static void expect_lookup(uint64_t i)
{
	/* The first byte, the last, one between. */
	uint64_t within[3] = {0, UNIT - 1, random_below(&seed, UNIT)};
	struct table_entry e;

	for (int k = 0; k < 3; k++) {
		uint64_t a = BASE + i * UNIT + within[k];
		bool hit = table_lookup(&table, a, &e);

		ck_assert_int_eq(hit, model[i].region != 0);
		if (hit) {
			ck_assert_ptr_eq(e.region, handle(model[i].region));
			ck_assert_uint_eq(e.offset + (a - e.start), model[i].offset + within[k]);
		}
	}
}

static void expect_first_overlap(uint64_t first, uint64_t end)
{
	struct table_entry e;
	bool hit = table_first_overlap(&table, BASE + first * UNIT, BASE + end * UNIT, &e);
	uint64_t i = first;

	while (i < end && !model[i].region)
		i++;
	ck_assert_int_eq(hit, i < end);
	if (hit)
		ck_assert(e.region == handle(model[i].region) && e.start <= BASE + i * UNIT &&
			  e.end > BASE + i * UNIT);
}

static void follows_a_simple_model(void)
{
	struct table_entry e;

	table_init(&table);
	ck_assert(!table_lookup(&table, BASE, &e));
	ck_assert(!table_first_overlap(&table, 0, UINT64_MAX, &e));
	table_remove_region(&table, handle(1));
	for (unsigned int step = 0; step < STEPS; step++) {
		uint64_t first = random_below(&seed, SPAN), room = SPAN - first;
		uint64_t end = first + 1 + random_below(&seed, room < 12 ? room : 12);
		uint64_t kind = random_below(&seed, 16);

		if (kind < 10)
			insert(first, end);
		else if (kind < 14)
			cut(first, end);
		else if (kind == 14 && step % 8 == 0)
			remove_region();
		expect_first_overlap(first, end);
		for (int k = 0; k < 8; k++)
			expect_lookup(random_below(&seed, SPAN));
		if (step % 64 == 0)
			for (uint64_t i = 0; i < SPAN; i++)
				expect_lookup(i);
		ck_assert(!table_lookup(&table, BASE - 1, &e));
		ck_assert(!table_lookup(&table, BASE + SPAN * UNIT, &e));
		ck_assert(!table_lookup(&table, 0, &e));
		ck_assert(!table_lookup(&table, UINT64_MAX, &e));
	}
	table_fini(&table);
}
TEST_MAIN(follows_a_simple_model)
