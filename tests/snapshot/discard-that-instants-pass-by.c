/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A page of lazily filled memory is said to be thrown away, and is after several instants have
 * passed: the incremental snapshot after that has it as zeros, though nobody has touched it, and
 * those that follow have no more of it.
 */
#include "lazy.h"
#include "tracked.h"

#define PAGES   7u
#define BROUGHT 2u
#define EMPTY   4u
#define LEVELS  4u /* before it is gone */
#define ALL     (LEVELS + 3u)

static void announce(struct served *s, size_t page)
{
	ck_assert_int_eq(uffd_discard(s->region, page * s->m.page, s->m.page), 0);
}

static void throw_away(struct served *s, const struct way *w, size_t page)
{
	bool shared = w->backing == LIBUFFD_BACKING_SHMEM || w->backing == LIBUFFD_BACKING_HUGETLB;

	ck_assert_int_eq(
		madvise(served_page(s, page), s->m.page, shared ? MADV_REMOVE : MADV_DONTNEED), 0);
	memset(s->content + page * s->m.page, 0, s->m.page);
}

static int take(struct served *s, uint32_t flags)
{
	int fd = snap_file();

	snap_take(s->region, fd, flags);
	return fd;
}

static void of(const struct way *w)
{
	struct uffd_dirty *d;
	struct served s;
	int fds[ALL];

	if (!way_has_memory(w, 2 * PAGES))
		return;
	lazy_serve(&s, w, PAGES, LIBUFFD_CTX_DISCARDS,
		   (struct uffd_region_opts){.fault_around = 4096});
	ck_assert(served_right(&s, BROUGHT));
	serve_settled(&s);
	d = track(s.region);
	fds[0] = take(&s, 0);
	announce(&s, BROUGHT);
	announce(&s, EMPTY);
	for (size_t n = 1; n < LEVELS; n++)
		fds[n] = take(&s, LIBUFFD_SNAPSHOT_INCREMENTAL);
	throw_away(&s, w, BROUGHT);
	throw_away(&s, w, EMPTY);
	for (size_t n = LEVELS; n < ALL; n++)
		fds[n] = take(&s, LIBUFFD_SNAPSHOT_INCREMENTAL);
	ck_assert_msg(!snap_has_data(fds[ALL - 1], 0, s.m.length), "%s: more of it", w->name);
	if (!way_is_huge(w))
		layers_are(fds, ALL, &s, w->name);
	ck_assert(snap_has_data(fds[LEVELS], BROUGHT * s.m.page, s.m.page));
	ck_assert_int_eq(snap_differs(fds[LEVELS], BROUGHT * s.m.page,
				      s.content + BROUGHT * s.m.page, s.m.page, s.m.page),
			 1);
	for (size_t n = 0; n < ALL; n++)
		close(fds[n]);
	ck_assert_int_eq(uffd_dirty_stop(d), 0);
	serve_end(&s);
}

static void discard_that_instants_pass_by(void)
{
	for (size_t i = 0; i < WAYS; i++)
		of(&ways[i]);
}

TEST_MAIN(discard_that_instants_pass_by)
