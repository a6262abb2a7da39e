/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * MOVE of 2 MiB in which a page is the program's already, was brought before, is somebody else's at the
 * moment, was discarded, or is discarded while the read is under way: each stays what it is, and the rest
 * comes right.
 */
#include "ways.h"
#include "held.h"

#define PAGES (4 * WAYS_HUGE / 4096)

static struct held held;

enum { MINE = 5, BROUGHT = 512 + 7, CLAIMED = 1024 + 100, GONE = 1536 + 511, GOES = 256 };

static void move_around_what_is_there(void)
{
	struct uffd_source *source;
	struct uffd_prefetch *f;
	struct uffd_extent e;
	struct served s = {0};

	way_aligned(&s.m, PAGES * 4096, 0, -1, 0);
	s.content = content_make(s.m.length);
	held.content = s.content;
	memset(served_page(&s, MINE), 0x5a, 4096);
	s.ctx = serve_ctx_flags(UFFD_FEATURE_MOVE, LIBUFFD_CTX_DISCARDS);
	source = held_open(&held, s.m.length);
	s.region = serve_region(
		&s, &s.m, LIBUFFD_MISSING,
		(struct uffd_region_opts){.source = source, .install = LIBUFFD_INSTALL_MOVE});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(uffd_claim(s.region, BROUGHT * 4096, 4096, &e), 0);
	ck_assert_int_eq(uffd_copy(s.region, e.offset, s.content + e.offset, 4096, 0), 0);
	memset(served_page(&s, BROUGHT), 0x5b, 4096);
	ck_assert_int_eq(uffd_claim(s.region, CLAIMED * 4096, 4096, &e), 0);
	ck_assert_int_eq(uffd_discard(s.region, GONE * 4096, 4096), 0);

	ck_assert_int_eq(uffd_prefetch_start(&f, s.region, NULL), 0);
	/* The first 2 MiB are one read. */
	WAIT_UNTIL(held_count(&held) > 0);
	ck_assert_uint_eq(held.reads[0].offset, 0);
	ck_assert_int_eq(uffd_discard(s.region, GOES * 4096, 4096), 0);
	ck_assert_int_eq(madvise(served_page(&s, GOES), 4096, MADV_DONTNEED), 0);
	held_release(&held);
	/* What is asked for from now on is answered at once, but for what was asked for just then. */
	while (uffd_prefetch_wait(f, &(struct timespec){0, 1}) == -ETIMEDOUT)
		held_release(&held);
	uffd_prefetch_close(f);
	ck_assert_int_eq(uffd_copy(s.region, e.offset, s.content + e.offset, 4096, 0), 0);
	ck_assert_uint_gt(stats_of(s.ctx).pages_moved, 0);

	memset(s.content + MINE * 4096, 0x5a, 4096);
	memset(s.content + BROUGHT * 4096, 0x5b, 4096);
	memset(s.content + GONE * 4096, 0, 4096);
	memset(s.content + GOES * 4096, 0, 4096);
	way_right(&s, s.content, "MOVE");
	serve_end(&s);
}

TEST_MAIN(move_around_what_is_there)
