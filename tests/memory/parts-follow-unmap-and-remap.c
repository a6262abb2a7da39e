/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * However ranges are unmapped and moved, over the edges of regions and of earlier pieces, every
 * address finds the page that is there now, every page its address, and what was unmapped is over.
 */
#include "claims.h"

#include "memory/change.h"

#define SPAN    160 /* pages of address space */
#define REGIONS 3
#define PAGES   24 /* of each region */
#define STEPS   400

struct cell {
	int region; /* -1: none */
	unsigned int page;
};
static struct cell model[SPAN];
static uint64_t where[REGIONS][PAGES]; /* address of each page, 0: unmapped */
static struct uffd_region *regions[REGIONS];
static uint64_t base, page_size;
static unsigned int seed;

static unsigned int below(unsigned int n)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 12) % n;
}

static uint64_t at(unsigned int cell)
{
	return base + cell * page_size;
}

static void unmap(struct uffd_ctx *ctx, unsigned int first, unsigned int count)
{
	gate_exclude(&ctx->gate);
	change_unmapped(ctx, at(first), at(first + count));
	gate_leave(&ctx->gate);
	for (unsigned int i = first; i < first + count; i++) {
		if (model[i].region >= 0)
			where[model[i].region][model[i].page] = 0;
		model[i].region = -1;
	}
}

static void move(struct uffd_ctx *ctx, unsigned int first, unsigned int count, unsigned int to)
{
	/* Nothing may be at the new place, and the two may not overlap. */
	if (to < first + count && first < to + count)
		return;
	for (unsigned int i = to; i < to + count; i++)
		if (model[i].region >= 0)
			return;
	gate_exclude(&ctx->gate);
	change_moved(ctx, at(first), at(to), count * page_size);
	gate_leave(&ctx->gate);
	for (unsigned int i = 0; i < count; i++) {
		struct cell *old = &model[first + i];

		model[to + i] = *old;
		if (old->region >= 0)
			where[old->region][old->page] = at(to + i);
		old->region = -1;
	}
}

static void expect_model(struct uffd_ctx *ctx)
{
	uint64_t offset;

	for (unsigned int i = 0; i < SPAN; i++) {
		struct uffd_region *r = uffd_region_lookup(ctx, (void *)(at(i) + 7), &offset);

		if (r != (model[i].region < 0 ? NULL : regions[model[i].region]) ||
		    (r && offset != model[i].page * page_size + 7))
			ck_abort_msg("the address of cell %u finds the wrong page", i);
	}
	for (int k = 0; k < REGIONS; k++) {
		for (unsigned int p = 0; p < PAGES; p++) {
			uint64_t got = address(uffd_region_address(regions[k], p * page_size));
			bool over =
				LIBUFFD_PAGE_STATE(uffd_region_page(regions[k], p * page_size)) ==
				LIBUFFD_PAGE_POISONED;

			if (got != where[k][p] || over != !where[k][p])
				ck_abort_msg("page %u of region %d is at %llx, expected %llx", p, k,
					     (unsigned long long)got,
					     (unsigned long long)where[k][p]);
		}
	}
}

static void run(unsigned int number)
{
	struct uffd_ctx *ctx = serve_ctx_flags(0, LIBUFFD_CTX_DISCARDS);
	struct uffd_region_opts opts = {.size = sizeof(opts),
					.flags = LIBUFFD_REGION_FOREIGN | LIBUFFD_REGION_REGISTERED,
					.backing = LIBUFFD_BACKING_ANON,
					.page_size = page_size,
					.fault = served_fault};

	seed = number;
	for (unsigned int i = 0; i < SPAN; i++)
		model[i].region = -1;
	/* Two of them side by side. */
	for (int k = 0; k < REGIONS; k++) {
		unsigned int first = (unsigned int)k * PAGES + (k == 2 ? 10 : 0);

		ck_assert_int_eq(uffd_region_add(&regions[k], ctx, (void *)at(first),
						 PAGES * page_size, LIBUFFD_MISSING, &opts),
				 0);
		for (unsigned int p = 0; p < PAGES; p++) {
			model[first + p] = (struct cell){k, p};
			where[k][p] = at(first + p);
		}
	}
	expect_model(ctx);
	for (int i = 0; i < STEPS; i++) {
		unsigned int count = 1 + below(20), first = below(SPAN - count);

		if (below(24) == 0)
			unmap(ctx, first, 1 + below(2));
		else
			move(ctx, first, count, below(SPAN - count));
		if (i % 8 == 0)
			expect_model(ctx);
	}
	unmap(ctx, 0, SPAN);
	expect_model(ctx);
	ck_assert_int_eq(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

static void parts_follow(void)
{
	void *span;

	page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	/* Addresses that are nobody else's. */
	span = mmap(NULL, SPAN * page_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(span, MAP_FAILED);
	base = address(span);
	for (unsigned int number = 1; number <= 20; number++)
		run(number);
	munmap(span, SPAN * page_size);
}
TEST_MAIN(parts_follow)
