/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What uffd_discard() announces is reported by the next two collects; with MISSING by each before the
 * memory is thrown away, and two after that; once more where its zeros are brought, and then it is
 * clean and protected: a write to it is seen.
 */
#include "tracked.h"

#define PAGES 6u

/* Throws pages 2 and 3 away in the way of this memory; its file, if any, has zeros below. */
static void throw_away(const struct tracked *t, const struct track_kind *kind)
{
	uint8_t *at = served_page(&t->s, 2);
	size_t length = 2 * t->s.m.page;

	if (kind->backing == LIBUFFD_BACKING_HUGETLB)
		ck_assert_int_eq(fallocate(t->s.m.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
					   (off_t)(2 * t->s.m.page), (off_t)length),
				 0);
	else
		ck_assert_int_eq(madvise(at, length,
					 kind->backing == LIBUFFD_BACKING_SHMEM ? MADV_REMOVE
										: MADV_DONTNEED),
				 0);
}

/* collects: how many come between the announcement and the deed. */
static void discarded(uint32_t method, const struct track_kind *kind, int collects, bool written)
{
	int reports = kind->modes & LIBUFFD_MISSING ? collects + 2 : 2;
	struct tracked t;
	uint8_t found[PAGES];

	track_serve(&t, method, kind, PAGES, 0, LIBUFFD_CTX_DISCARDS, (struct uffd_region_opts){0});
	for (size_t k = 0; k < PAGES; k++)
		track_write(&t, k);
	track_start(&t);
	if (written)
		track_write(&t, 3);
	ck_assert_int_eq(uffd_discard(t.s.region, 2 * t.s.m.page, 2 * t.s.m.page), 0);
	for (int i = 0; i < reports; i++) {
		if (i == collects)
			throw_away(&t, kind);
		EXPECT_DIRTY(&t, "2-3");
	}
	EXPECT_DIRTY(&t, "");
	ck_assert_int_eq(track_read(&t, 2), 0);
	ck_assert_int_eq(track_read(&t, 3), 0);
	if (kind->modes & LIBUFFD_MISSING)
		collect_all(t.dirty, t.s.m.length, t.s.m.page, 1, found);
	EXPECT_DIRTY(&t, "");
	track_write(&t, 2);
	track_write(&t, 3);
	EXPECT_DIRTY(&t, "2-3");
	EXPECT_DIRTY(&t, "");
	track_end(&t);
}

/*
 * Nobody told of it, or collects have passed since: what is found where its zeros are brought is
 * reported then.
 */
static void found_late(uint32_t method, const struct track_kind *kind, bool announced)
{
	struct tracked t;

	if (!(kind->modes & LIBUFFD_MISSING))
		return;
	track_serve(&t, method, kind, PAGES, 0, LIBUFFD_CTX_DISCARDS, (struct uffd_region_opts){0});
	strcat(t.name, announced ? ", late" : ", untold");
	for (size_t k = 0; k < PAGES; k++)
		track_write(&t, k);
	track_start(&t);
	if (announced) {
		ck_assert_int_eq(uffd_discard(t.s.region, 2 * t.s.m.page, 2 * t.s.m.page), 0);
		EXPECT_DIRTY(&t, "2-3");
		EXPECT_DIRTY(&t, "2-3");
	}
	throw_away(&t, kind);
	ck_assert_int_eq(track_read(&t, 2), 0);
	ck_assert_int_eq(track_read(&t, 3), 0);
	EXPECT_DIRTY(&t, "2-3");
	EXPECT_DIRTY(&t, "");
	track_write(&t, 3);
	EXPECT_DIRTY(&t, "3");
	EXPECT_DIRTY(&t, "");
	track_end(&t);
}

static void each_time(uint32_t method, const struct track_kind *kind)
{
	for (int collects = 0; collects < (kind->modes & LIBUFFD_MISSING ? 5 : 2); collects++) {
		discarded(method, kind, collects, false);
		discarded(method, kind, collects, true);
	}
	found_late(method, kind, true);
	found_late(method, kind, false);
}

static void discards_are_reported(void)
{
	track_each(each_time, PAGES);
}

TEST_MAIN(discards_are_reported)
