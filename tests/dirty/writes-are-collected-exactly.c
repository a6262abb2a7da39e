/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Each collect reports just the pages that were written since the one before, whichever memory and
 * method: over many rounds of random sets, some of them of pages never touched before.
 */
#include "tracked.h"

#define PAGES      600u
#define HUGE_PAGES 6u
#define ROUNDS     25u

static uint8_t written[PAGES], found[PAGES];

/* A set of runs, from a few pages to nearly all. */
static void choose(uint64_t *seed, size_t pages)
{
	size_t runs = 1 + random_below(seed, 12);

	memset(written, 0, pages);
	if (random_below(seed, 8) == 0)
		return;
	while (runs--) {
		size_t first = random_below(seed, pages);
		size_t most = random_below(seed, 4) ? 4 : pages;
		size_t n = 1 + random_below(seed, most);

		for (size_t k = first; k < first + n && k < pages; k++)
			written[k] = 1;
	}
}

static void model(uint32_t method, const struct track_kind *kind)
{
	size_t pages = track_is_huge(kind) ? HUGE_PAGES : PAGES;
	uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);
	struct tracked t;

	track_serve(&t, method, kind, pages, 0, 0, (struct uffd_region_opts){0});
	/* A third was there before, a third will be read first. */
	for (size_t k = 0; k < pages / 3; k++)
		track_write(&t, k);
	track_start(&t);
	for (size_t k = pages / 3; k < pages * 2 / 3; k++)
		track_read(&t, k);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		choose(&seed, pages);
		for (size_t k = 0; k < pages; k++)
			if (written[k])
				track_write(&t, k);
			else if (random_below(&seed, 16) == 0)
				track_read(&t, k);
		collect_all(t.dirty, t.s.m.length, t.s.m.page, 1 + random_below(&seed, 64), found);
		for (size_t k = 0; k < pages; k++)
			if (found[k] != written[k])
				ck_abort_msg("%s: round %u, page %zu: %s", t.name, i, k,
					     written[k] ? "lost" : "nobody wrote it");
	}
	if (method == LIBUFFD_DIRTY_ASYNC)
		ck_assert_uint_eq(stats_of(t.s.ctx).faults_wp, 0);
	track_end(&t);
}

static void writes_are_collected_exactly(void)
{
	track_each(model, HUGE_PAGES);
}

TEST_MAIN(writes_are_collected_exactly)
