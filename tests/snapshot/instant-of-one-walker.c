/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * One thread counts through all of the memory without a pause, while one snapshot after the other
 * is taken: each is of one instant. In memory of every kind.
 */
#include "walk.h"

static void of(const struct kind *k, uint64_t until)
{
	size_t pages = kind_is_huge(k) ? 5 : 300;
	uint32_t seed = (uint32_t)(k - kinds);
	unsigned int taken = 0;
	int fd = snap_file();
	struct served s;
	static struct walk w;

	if (!kind_has_memory(k, pages)) {
		close(fd);
		return;
	}
	snap_serve(&s, k, pages, 0, 0);
	walk_make(&w, 2 * pages);
	walk_add(&w, &s, 0, 1, 0);
	walk_start(&w);
	while (test_now() < until || taken < 3) {
		struct uffd_snapshot *snapshot;

		walk_dither(&seed);
		snapshot = snap_start(s.region, fd, (struct uffd_snapshot_opts){0});
		walk_dither(&seed);
		ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
		ck_assert_int_eq(snap_end(snapshot), 0);
		walk_is_of_an_instant(&w, fd, NULL, k->name);
		taken++;
	}
	walk_end(&w);
	close(fd);
	serve_end(&s);
}

static void instant_of_one_walker(void)
{
	uint64_t each = snap_seconds() * UINT64_C(1000000000) / KINDS, now = test_now();

	for (size_t i = 0; i < KINDS; i++)
		of(&kinds[i], now + (i + 1) * each);
}

TEST_MAIN(instant_of_one_walker)
