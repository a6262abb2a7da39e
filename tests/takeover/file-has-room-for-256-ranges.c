/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * 256 ranges fit into a state file, the next is -ENOSPC until one has gone; all of them are gone on
 * with, and none that was removed.
 */
#include "local.h"

#define RANGES 256u

static struct uffd_region *regions[RANGES + 1];
static uint8_t *memory;
static size_t page;

/* Every second page, so that each is one of its own. */
static int add(struct uffd_ctx *ctx, unsigned int i)
{
	return local_add(&regions[i], ctx, memory + 2 * i * page, page);
}

static void room_for_256(void)
{
	size_t length = (2 * RANGES + 2) * (size_t)sysconf(_SC_PAGESIZE);
	int state = local_state();
	struct uffd_ctx *ctx = local_ctx(state);

	page = (size_t)sysconf(_SC_PAGESIZE);
	memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert(memory != MAP_FAILED);
	for (unsigned int i = 0; i < RANGES; i++)
		ck_assert_int_eq(add(ctx, i), 0);
	ck_assert_int_eq(add(ctx, RANGES), -ENOSPC);
	ck_assert_int_eq(uffd_region_remove(regions[100], LIBUFFD_CLOSE_DROP), 0);
	ck_assert_int_eq(add(ctx, RANGES), 0);
	for (unsigned int i = 0; i <= RANGES; i += 3)
		if (i != 100)
			ck_assert_int_eq(uffd_demand(regions[i], 0, page, NULL), 0);
	local_release(ctx);

	ctx = local_ctx(state);
	for (unsigned int i = 0; i <= RANGES; i++) {
		ck_assert_int_eq(local_loop(ctx), -ENXIO);
		if (i == 100)
			continue;
		ck_assert_int_eq(add(ctx, i), 0);
		ck_assert_int_eq(uffd_region_page(regions[i], 0),
				 i % 3 ? LIBUFFD_PAGE_EMPTY : LIBUFFD_PAGE_CACHED);
	}
	ck_assert_int_eq(local_loop(ctx), 0);
	ck_assert_int_eq(add(ctx, 100), -ENOSPC);
	ck_assert_int_eq(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
	/* Closed, it has none of them. */
	ctx = local_ctx(state);
	ck_assert_int_eq(local_loop(ctx), 0);
	ck_assert_int_eq(add(ctx, 7), 0);
	ck_assert_int_eq(uffd_region_page(regions[7], 0), LIBUFFD_PAGE_EMPTY);
	ck_assert_int_eq(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
	munmap(memory, length);
	close(state);
}

TEST_MAIN(room_for_256)
