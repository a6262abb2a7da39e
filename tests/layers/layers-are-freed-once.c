/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A layer is freed once, when nobody uses it any more: neither a handle, nor another source of
 * layers, nor a region, nor a recording. All may be closed before the region is filled.
 */
#include "leaves.h"

#define PAGES  16u
#define LENGTH (PAGES * UINT64_C(4096))

static struct leaves ls;

static void freed(int base, int diff)
{
	ck_assert_int_eq(atomic_load(&ls.leaf[0].freed), base);
	ck_assert_int_eq(atomic_load(&ls.leaf[1].freed), diff);
}

static void layers_are_freed_once(void)
{
	struct uffd_source *layers[3], *both, *twice;
	struct uffd_workingset *set;
	struct served s;

	layers[0] = leaf_open(leaves_add(&ls, LEAF_READS, LENGTH, 4096, 8));
	layers[1] = layers[2] = leaf_open(leaves_add(&ls, LEAF_ANSWERS, LENGTH, 600, 4));
	leaves_start(&ls);
	ck_assert_int_eq(uffd_source_open_layers(&both, layers, 2), 0);
	/* The same layer twice is as good as once. */
	ck_assert_int_eq(uffd_source_open_layers(&twice, layers, 3), 0);
	uffd_source_close(layers[0]);
	uffd_source_close(layers[1]);
	freed(0, 0);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = twice});
	uffd_source_close(twice);
	uffd_source_close(both);
	freed(0, 0);
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(uffd_workingset_record(&set, s.region, NULL), 0);
	leaves_are(&ls, s.m.at, 0, LENGTH, "with all handles closed");
	serve_end(&s);
	freed(0, 0);
	uffd_workingset_close(set);
	freed(1, 1);
	leaves_end(&ls);
}

TEST_MAIN(layers_are_freed_once)
