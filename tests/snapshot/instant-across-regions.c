/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A thread counts through two regions by turns, of anonymous and of shared memory, and others
 * through each of them: a snapshot of both is of one instant, in whichever order they are named,
 * and each lies in the file where it was told to.
 */
#include "walk.h"

#define PAGES 200u

static void interleave(struct walk *w, const struct served *a, const struct served *b,
		       const uint64_t *offsets)
{
	for (size_t k = 0; k < PAGES; k++) {
		size_t other = PAGES - 1 - k;

		walk_add_page(w, served_page(a, k), 4096, offsets[0] + k * 4096);
		walk_add_page(w, served_page(b, other), 4096, offsets[1] + other * 4096);
	}
}

/* Other words of the pages of one. */
static void walk_one(struct walk *w, const struct served *s, uint64_t offset)
{
	walk_make(w, PAGES);
	for (size_t k = 0; k < PAGES; k++)
		w->steps[w->count++] =
			(struct step){served_page(s, k) + 2048, offset + k * 4096 + 2048};
}

static void snapshots(struct served *s, const struct served *b, uint64_t until)
{
	const uint64_t offsets[2] = {(uint64_t)(PAGES + 7) * 4096, 3 * 4096};
	struct uffd_snapshot_part parts[2] = {{s->region, offsets[0]}, {b->region, offsets[1]}};
	struct uffd_snapshot *snapshot;
	int fd = snap_file();
	uint32_t seed = 1;
	static struct walk w[3];

	walk_make(&w[0], (size_t)4 * PAGES);
	interleave(&w[0], s, b, offsets);
	walk_one(&w[1], s, offsets[0]);
	walk_one(&w[2], b, offsets[1]);
	for (size_t i = 0; i < 3; i++)
		walk_start(&w[i]);
	while (test_now() < until) {
		const struct uffd_snapshot_part first = parts[0];

		walk_dither(&seed);
		snapshot = snap_start_parts(parts, 2, fd, (struct uffd_snapshot_opts){0});
		walk_dither(&seed);
		ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
		ck_assert_int_eq(snap_end(snapshot), 0);
		for (size_t i = 0; i < 3; i++)
			walk_is_of_an_instant(&w[i], fd, NULL, "two regions");
		parts[0] = parts[1];
		parts[1] = first;
	}
	for (size_t i = 0; i < 3; i++)
		walk_end(&w[i]);
	close(fd);
}

static void instant_across_regions(void)
{
	struct served s, b = {0};

	snap_serve_anon(&s, PAGES);
	test_memory_make(&b.m, LIBUFFD_BACKING_SHMEM, PAGES);
	b.region = snap_region(s.ctx, &b.m, true, 0, (struct uffd_region_opts){0});
	snapshots(&s, &b, test_now() + snap_seconds() * UINT64_C(1000000000));
	ck_assert_int_eq(uffd_region_remove(b.region, LIBUFFD_CLOSE_REFUSE), 0);
	test_memory_free(&b.m);
	serve_end(&s);
}

TEST_MAIN(instant_across_regions)
