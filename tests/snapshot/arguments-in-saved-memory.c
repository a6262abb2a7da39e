/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What is handed to the calls, and what they fill in, may lie in the memory that is saved, and in
 * pages of it that have yet to be brought.
 */
#include "lazy.h"

#define PAGES 300u

struct arguments {
	struct uffd_snapshot_part part;
	uint8_t page1[4096];
	struct uffd_snapshot_opts opts;
	uint8_t page2[4096];
	struct uffd_snapshot *snapshot;
	uint8_t page3[4096];
	struct uffd_snapshot_progress progress;
	uint8_t page4[4096];
	struct timespec deadline;
};

static void of(struct served *s, const char *what)
{
	struct arguments *a = (struct arguments *)(void *)served_page(s, PAGES / 2);
	struct out o;

	out_make(&o, s->m.length, false);
	a->part = (struct uffd_snapshot_part){.region = s->region};
	a->opts = out_opts(&o, SNAP_LEAST);
	a->opts.size = sizeof(a->opts);
	a->progress.size = sizeof(a->progress);
	a->deadline = snap_soon(20);
	ck_assert_int_eq(uffd_snapshot_start(&a->snapshot, &a->part, 1, -1, &a->opts), 0);
	memcpy(s->content + PAGES / 2 * 4096, a, sizeof(*a));
	ck_assert_int_eq(uffd_snapshot_arm(a->snapshot), 0);
	ck_assert_int_eq(uffd_snapshot_progress(a->snapshot, &a->progress), 0);
	ck_assert_uint_eq(a->progress.bytes_total, s->m.length);
	ck_assert_int_eq(uffd_snapshot_wait(a->snapshot, &a->deadline), 0);
	ck_assert_int_eq(uffd_snapshot_close(a->snapshot), 0);
	out_is(&o, s, what);
	out_free(&o);
}

static void arguments_in_saved_memory(void)
{
	struct served s;

	snap_serve_anon(&s, PAGES);
	of(&s, "anonymous");
	serve_end(&s);
	snap_serve(&s, &kinds[1], PAGES, 0, LIBUFFD_CTX_DISCARDS);
	of(&s, "shmem");
	serve_end(&s);
	lazy_serve(&s, &ways[0], PAGES, LIBUFFD_CTX_DISCARDS,
		   (struct uffd_region_opts){.fault_around = 4096});
	of(&s, "filled lazily");
	serve_end(&s);
}

TEST_MAIN(arguments_in_saved_memory)
