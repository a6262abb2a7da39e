/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A working set of a region over layers is packed from what they together hold, asynchronous ones
 * waited for and busy ones asked again, and replayed without a read of any of them.
 */
#include "leaves.h"
#include "place.h"

#define PAGES  200u
#define LENGTH (PAGES * UINT64_C(4096))

static struct leaves ls;

static uint64_t reads(void)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < ls.count; i++)
		sum += atomic_load(&ls.leaf[i].reads);
	return sum;
}

static void packed_from_layers(void)
{
	struct uffd_prefetch_opts opts = {.size = sizeof(opts)};
	struct uffd_workingset *set;
	struct uffd_source *source;
	struct uffd_prefetch *f;
	struct place place;
	struct served s;
	uint64_t before;

	place_make(&place);
	leaves_add(&ls, LEAF_READS, LENGTH, 16384, 3);
	leaves_add(&ls, LEAF_ANSWERS, LENGTH, 4096, 2);
	leaves_add(&ls, LEAF_AT_ONCE, LENGTH - 7777, 1000, 1);
	leaves_start(&ls);
	source = leaves_open(&ls);
	for (int round = 0; round < 2; round++) {
		serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
		      (struct uffd_region_opts){.source = source});
		s.loop = serve_start(s.ctx, NULL);
		if (round == 0) {
			ck_assert_int_eq(uffd_workingset_record(&set, s.region, NULL), 0);
			ck_assert_int_eq(uffd_demand(s.region, 0, LENGTH, NULL), 0);
			ck_assert_int_eq(uffd_workingset_stop(set), 0);
			atomic_store(&ls.leaf[1].busy, 5);
			atomic_store(&ls.leaf[2].busy, 5);
			ck_assert_int_eq(
				uffd_workingset_save(set, place.path, LIBUFFD_WORKINGSET_PACK), 0);
		} else {
			before = reads();
			ck_assert_int_eq(uffd_workingset_load(&set, place.path, s.region), 0);
			opts.workingset = set;
			ck_assert_int_eq(uffd_prefetch_start(&f, s.region, &opts), 0);
			ck_assert_int_eq(uffd_prefetch_wait(f, NULL), 0);
			uffd_prefetch_close(f);
			ck_assert_uint_eq(reads(), before);
			ck_assert_uint_eq(stats_of(s.ctx).pages_prefetch, PAGES);
		}
		leaves_are(&ls, s.m.at, 0, LENGTH, round ? "replayed" : "recorded");
		uffd_workingset_close(set);
		serve_end(&s);
	}
	uffd_source_close(source);
	leaves_end(&ls);
	place_end(&place);
}

TEST_MAIN(packed_from_layers)
