/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Memory of transparent huge pages, anonymous and of a file, is saved as of one instant while a
 * thread counts through it; and it is the same memory after.
 */
#include "../install_ways/ways.h"
#include "../support/hugepage.h"
#include "walk.h"

static void collapse_all(const struct test_memory *m)
{
	for (size_t at = 0; at < m->length; at += WAYS_HUGE)
		if (madvise((uint8_t *)m->at + at, WAYS_HUGE, 25 /* MADV_COLLAPSE */))
			break;
}

static void snapshots(struct served *s, bool fd, uint64_t until, const char *what)
{
	static struct walk w;
	int file = snap_file();
	uint32_t seed = 1;

	s->content = content_make(s->m.length);
	memcpy(s->m.at, s->content, s->m.length);
	s->ctx = serve_ctx(SNAP_WP);
	s->region = snap_region(s->ctx, &s->m, fd, 0, (struct uffd_region_opts){0});
	s->loop = serve_start(s->ctx, NULL);
	snap_take(s->region, file, 0);
	snap_file_is(s, file, 0, what);
	walk_make(&w, s->m.length / 4096 * 2);
	walk_add(&w, s, 0, 1, 0);
	memset(s->m.at, 0, s->m.length);
	walk_start(&w);
	while (test_now() < until) {
		struct uffd_snapshot *snapshot;

		collapse_all(&s->m);
		snapshot = snap_start(s->region, file, (struct uffd_snapshot_opts){0});
		walk_dither(&seed);
		ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
		ck_assert_int_eq(snap_end(snapshot), 0);
		walk_is_of_an_instant(&w, file, NULL, what);
	}
	walk_end(&w);
	close(file);
	serve_end(s);
}

static void transparent_huge_pages(void)
{
	uint64_t each = snap_seconds() * UINT64_C(1000000000) / 2, now = test_now();
	struct served s = {0};

	if (!huge_pages_on_advice())
		test_skip("no transparent huge pages here");
	way_aligned(&s.m, WAYS_HUGE, 0, -1, 0);
	ck_assert_int_eq(madvise(s.m.at, s.m.length, MADV_HUGEPAGE), 0);
	snapshots(&s, false, now + each, "anonymous");
	memset(&s, 0, sizeof(s));
	tmpfs_huge_make(&s.m);
	snapshots(&s, true, now + 2 * each, "of a file");
}

TEST_MAIN(transparent_huge_pages)
