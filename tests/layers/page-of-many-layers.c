/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Layers whose maps go by the sector of 512 bytes, and of other sizes that no page is a multiple
 * of: a page is put together from what each has of it, byte for byte, and no layer is asked for a
 * byte that it does not have. The region begins anywhere, and the diffs end anywhere.
 */
#include "leaves.h"

#define PAGES  64u
#define LENGTH (PAGES * UINT64_C(4096))

static struct leaves ls;

enum by { BY_FAULT, BY_DEMAND, BY_PREFETCH, BYS };

static void make(uint64_t block, bool base_has_all)
{
	memset(&ls, 0, sizeof(ls));
	leaves_add(&ls, LEAF_READS, LENGTH, block, base_has_all ? 8 : 4);
	leaves_add(&ls, LEAF_READS, LENGTH, 512, 3);
	leaves_add(&ls, LEAF_READS, LENGTH - 12345, block, 2);
	leaves_add(&ls, LEAF_READS, LENGTH / 3, block / 2 + 1, 1);
}

static void brought(uint64_t block, uint64_t offset, enum by by)
{
	size_t pages = offset ? PAGES - 1 : PAGES;
	struct uffd_source *source;
	struct uffd_prefetch *f;
	struct served s;

	make(block, by == BY_DEMAND);
	source = leaves_open(&ls);
	serve(&s, LIBUFFD_BACKING_ANON, pages, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source, .source_offset = offset});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	if (by == BY_DEMAND)
		ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	if (by == BY_PREFETCH) {
		ck_assert_int_eq(uffd_prefetch_start(&f, s.region, NULL), 0);
		ck_assert_int_eq(uffd_prefetch_wait(f, NULL), 0);
		uffd_prefetch_close(f);
	}
	leaves_are(&ls, s.m.at, offset, s.m.length, "a page");
	serve_end(&s);
	leaves_end(&ls);
}

static void page_of_many_layers(void)
{
	static const uint64_t blocks[] = {512, 100, 4096, 4097, 10000, 1};

	for (unsigned int i = 0; i < 6; i++) {
		for (enum by by = 0; by < BYS; by++) {
			if (blocks[i] > 1 || by == BY_DEMAND)
				brought(blocks[i], 0, by);
		}
		if (blocks[i] > 1)
			brought(blocks[i], 333, BY_FAULT);
	}
}

TEST_MAIN(page_of_many_layers)
