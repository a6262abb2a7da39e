/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * An incremental snapshot has what was written since the one before, pages that became zeros too,
 * and not a page more; it takes that, as a full one does. Over the ones before, as layers, it is
 * the memory.
 */
#include "out.h"
#include "tracked.h"

#define LEVELS 4u

static size_t pages;

/* What is written before a level: about one page in five, some of it zeros. */
static bool is_written(size_t page, size_t level)
{
	return (page * 2654435761u >> 7) % 5 == level || page == pages - 1;
}

static size_t write_some(struct served *s, size_t level)
{
	size_t n = 0;

	for (size_t k = 0; k < pages; k++) {
		if (!is_written(k, level))
			continue;
		snap_fill(s, k, k % 3 ? (uint8_t)(k + level) : 0);
		n++;
	}
	return n;
}

static void take(struct served *s, const int *fds, size_t level, size_t written)
{
	uint32_t flags = level ? LIBUFFD_SNAPSHOT_INCREMENTAL : 0;
	struct uffd_snapshot *snapshot;
	struct uffd_snapshot_progress p;

	snapshot = snap_begin(s->region, fds[level], (struct uffd_snapshot_opts){.flags = flags});
	ck_assert_int_eq(snap_wait(snapshot), 0);
	p = snap_progress(snapshot);
	ck_assert_uint_eq(p.bytes_total, level ? written * s->m.page : s->m.length);
	ck_assert_uint_eq(p.bytes_done, p.bytes_total);
	if (level)
		ck_assert_uint_eq(p.bytes_written, p.bytes_total);
	ck_assert_int_eq(uffd_snapshot_close(snapshot), 0);
}

static void has_just_that(const struct served *s, int fd, size_t level)
{
	struct stat st;
	size_t n = 0;

	for (size_t k = 0; k < pages; k++) {
		bool is = is_written(k, level);

		ck_assert_int_eq(snap_has_data(fd, k * s->m.page, s->m.page), is);
		n += is;
	}
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_uint_eq((uint64_t)st.st_blocks * 512, n * s->m.page);
	ck_assert_uint_eq((uint64_t)st.st_size, s->m.length);
}

static void of(const struct kind *k)
{
	bool is_dirty[TRACKED_MOST];
	struct uffd_dirty *d;
	int fds[LEVELS + 1];
	struct served s;

	pages = kind_is_huge(k) ? 7 : 700;
	if (!kind_has_memory(k, pages))
		return;
	snap_serve(&s, k, pages, 0, 0);
	d = track(s.region);
	for (size_t level = 0; level < LEVELS; level++) {
		size_t written = write_some(&s, level);

		fds[level] = snap_file();
		take(&s, fds, level, written);
		ck_assert_uint_eq(collect(d, &s, is_dirty), 0);
		if (level)
			has_just_that(&s, fds[level], level);
		layers_are(fds, level + 1, &s, k->name);
	}
	/* Nothing but what the program tells of; and nothing at all. */
	fds[LEVELS] = snap_file();
	ck_assert_int_eq(uffd_dirty_mark(d, 2 * s.m.page, s.m.page), 0);
	take(&s, fds, LEVELS, 1);
	ck_assert(snap_has_data(fds[LEVELS], 2 * s.m.page, s.m.page));
	ck_assert_int_eq(ftruncate(fds[LEVELS], 0), 0);
	take(&s, fds, LEVELS, 0);
	layers_are(fds, LEVELS + 1, &s, k->name);
	for (size_t i = 0; i <= LEVELS; i++)
		close(fds[i]);
	ck_assert_int_eq(uffd_dirty_stop(d), 0);
	serve_end(&s);
}

static void incremental_is_what_was_dirty(void)
{
	for (size_t i = 0; i < KINDS; i++)
		of(&kinds[i]);
}

TEST_MAIN(incremental_is_what_was_dirty)
