/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Whole huge pages, moved or read into the alias, in which a page is the program's already, was
 * brought before, is somebody else's at the moment, was discarded, or is discarded while the read
 * is under way: each stays what it is, and the rest comes right.
 */
#include "ways.h"
#include "held.h"
#include "place.h"

#define PAGES (4 * WAYS_HUGE / 4096)

static struct held held;

enum { MINE = 512 + 5, BROUGHT = 512 + 7, CLAIMED = 1024 + 100, GONE = 1536 + 511, GOES = 256 };

static int file_of_huge_pages(void)
{
	static const char *const huge[] = {"huge", "always", NULL};
	struct place place;
	int fd;

	place_make_on(&place, "tmpfs", huge);
	fd = open(place.path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)(PAGES * 4096)), 0);
	unlink(place.path);
	place_end(&place);
	return fd;
}

static void give_back(const struct served *s, size_t page)
{
	ck_assert_int_eq(uffd_discard(s->region, page * 4096, 4096), 0);
	ck_assert_int_eq(
		madvise(served_page(s, page), 4096, s->m.fd < 0 ? MADV_DONTNEED : MADV_REMOVE), 0);
}

static void brought(const struct way *w)
{
	struct uffd_source *source;
	struct uffd_prefetch *f;
	struct uffd_stats stats;
	struct uffd_extent e;
	struct served s = {0};

	memset(&held, 0, sizeof(held));
	way_aligned(&s.m, PAGES * 4096, 0,
		    w->backing == LIBUFFD_BACKING_ANON ? -1 : file_of_huge_pages(), 0);
	s.content = content_make(s.m.length);
	held.content = s.content;
	/* This page alone, and not 2 MiB around it. */
	ck_assert_int_eq(madvise(s.m.at, s.m.length, MADV_NOHUGEPAGE), 0);
	memset(served_page(&s, MINE), 0x5a, 4096);
	s.ctx = serve_ctx_flags(0, LIBUFFD_CTX_DISCARDS);
	source = held_open(&held, s.m.length);
	s.region = serve_region(&s, &s.m, w->modes,
				way_opts(w, (struct uffd_region_opts){.source = source}));
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(uffd_claim(s.region, BROUGHT * 4096, 4096, &e), 0);
	ck_assert_int_eq(uffd_copy(s.region, e.offset, s.content + e.offset, 4096, 0), 0);
	memset(served_page(&s, BROUGHT), 0x5b, 4096);
	ck_assert_int_eq(uffd_claim(s.region, CLAIMED * 4096, 4096, &e), 0);
	give_back(&s, GONE);

	ck_assert_int_eq(uffd_prefetch_start(&f, s.region, NULL), 0);
	/* The first 2 MiB are one read, half of which is there. */
	WAIT_UNTIL(held_count(&held) > 0);
	ck_assert_uint_eq(held.reads[0].offset, 0);
	ck_assert_uint_eq(held.reads[0].length, WAYS_HUGE);
	memcpy(held.reads[0].to, s.content, WAYS_HUGE / 2 + 100);
	give_back(&s, GOES);
	held_release(&held);
	/* What is asked for from now on is answered at once, but for what was asked for just then. */
	while (uffd_prefetch_wait(f, &(struct timespec){0, 1}) == -ETIMEDOUT)
		held_release(&held);
	uffd_prefetch_close(f);
	ck_assert_int_eq(uffd_copy(s.region, e.offset, s.content + e.offset, 4096, 0), 0);
	stats = stats_of(s.ctx);
	ck_assert_uint_gt(stats.pages_moved + stats.pages_continued, 500);

	memset(s.content + MINE * 4096, 0x5a, 4096);
	memset(s.content + BROUGHT * 4096, 0x5b, 4096);
	memset(s.content + GONE * 4096, 0, 4096);
	memset(s.content + GOES * 4096, 0, 4096);
	way_right(&s, s.content, w->name);
	serve_end(&s);
}

static void huge_pages_around_what_is_there(void)
{
	for (size_t i = 0; i < WAYS; i++)
		if (ways[i].install == LIBUFFD_INSTALL_MOVE ||
		    (ways[i].install == LIBUFFD_INSTALL_ALIAS && !way_is_huge(&ways[i])))
			brought(&ways[i]);
}

TEST_MAIN(huge_pages_around_what_is_there)
