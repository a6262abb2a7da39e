/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Whether two of up to 256 ranges overlap is what comparing each with each says. */
#include "tables.h"

#define ROUNDS 2000

static bool overlap(const struct uffd_peer_region *a, const struct uffd_peer_region *b)
{
	return a->address < b->address + b->length && b->address < a->address + a->length;
}

/* Whether region k overlaps another. */
static bool overlaps_any(const struct uffd_peer_region *regions, uint32_t count, uint32_t k)
{
	for (uint32_t i = 0; i < count; i++)
		if (i != k && overlap(&regions[i], &regions[k]))
			return true;
	return false;
}

/* So much space for each that about half of the tables have no overlap. */
static void draw(struct uffd_peer_region *regions, uint32_t count, unsigned int *seed)
{
	uint32_t space = count * count;

	for (uint32_t i = 0; i < count; i++)
		regions[i] = (struct uffd_peer_region){
			.address = (uint64_t)((unsigned int)rand_r(seed) % space) * 4096,
			.length = (uint64_t)(1 + rand_r(seed) % 2) * 4096,
			.page_size = 4096};
}

static void found_in_any_order(void)
{
	struct uffd_peer_region regions[LIBUFFD_PEER_REGIONS_MAX];
	unsigned int seed = 5, found = 0;

	for (int round = 0; round < ROUNDS; round++) {
		uint32_t count = 2 + (unsigned int)rand_r(&seed) % (LIBUFFD_PEER_REGIONS_MAX - 1);
		uint32_t which;
		bool any = false;
		int ret;

		draw(regions, count, &seed);
		for (uint32_t i = 0; !any && i < count; i++)
			any = overlaps_any(regions, count, i);
		ret = uffd_peer_check(regions, count, UINT64_MAX, &which);
		ck_assert_msg(ret == (any ? -EEXIST : 0), "round %d: %d", round, ret);
		if (any) {
			ck_assert_uint_lt(which, count);
			ck_assert(overlaps_any(regions, count, which));
		}
		found += any;
	}
	/* Both kinds have been drawn. */
	ck_assert_uint_gt(found, ROUNDS / 10);
	ck_assert_uint_lt(found, ROUNDS - ROUNDS / 10);
}

TEST_MAIN(found_in_any_order)
