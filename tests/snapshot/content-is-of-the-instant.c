/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What comes out is what the memory was when arm() returned, page by page, in memory of every kind:
 * written before start, between start and arm, and all of it written over right after arm while the
 * output is held up. Nothing is written twice, and the counts add up.
 */
#include "out.h"

#define WRITERS 4u

struct writer {
	pthread_t thread;
	struct served *s;
	size_t first;
	size_t pages;
};

static void *write_over(void *arg)
{
	struct writer *w = arg;

	for (size_t k = w->first; k < w->pages; k += WRITERS)
		memset(served_page(w->s, k), 0xff, w->s->m.page);
	return NULL;
}

static void counts_add_up(const struct uffd_snapshot *snapshot, const struct out *o)
{
	struct uffd_snapshot_progress p = snap_progress(snapshot);

	ck_assert_uint_eq(p.state, LIBUFFD_SNAPSHOT_DONE);
	ck_assert_int_eq(p.error, 0);
	ck_assert_uint_eq(p.bytes_total, o->length);
	ck_assert_uint_eq(p.bytes_done, o->length);
	ck_assert_uint_eq(p.bytes_written, o->bytes);
	ck_assert_uint_eq(p.bytes_source, 0);
	ck_assert_uint_le(p.bytes_waited, p.bytes_total);
	ck_assert_uint_gt(p.pause_ns, 0);
}

static void of(const struct kind *k)
{
	size_t pages = kind_is_huge(k) ? 7 : 1000;
	struct writer writers[WRITERS];
	struct uffd_snapshot *snapshot;
	struct served s;
	struct out o;

	if (!kind_has_memory(k, pages))
		return;
	snap_serve(&s, k, pages, 0, 0);
	for (size_t n = 0; n < pages; n++)
		if (n % 3)
			snap_fill(&s, n, (uint8_t)(n % 5 ? n % 200 + 1 : 0));
	out_make(&o, s.m.length, true);
	snapshot =
		snap_start(s.region, -1, out_opts(&o, kind_is_huge(k) ? 4 * s.m.page : SNAP_LEAST));
	for (size_t n = 0; n < pages; n += 4)
		snap_fill(&s, n, (uint8_t)(n % 100 + 101));
	ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
	for (size_t i = 0; i < WRITERS; i++) {
		writers[i] = (struct writer){.s = &s, .first = i, .pages = pages};
		ck_assert_int_eq(pthread_create(&writers[i].thread, NULL, write_over, &writers[i]),
				 0);
	}
	out_entered(&o);
	out_shut(&o, false);
	for (size_t i = 0; i < WRITERS; i++)
		pthread_join(writers[i].thread, NULL);
	ck_assert_int_eq(snap_wait(snapshot), 0);
	out_is(&o, &s, k->name);
	counts_add_up(snapshot, &o);
	ck_assert_int_eq(uffd_snapshot_close(snapshot), 0);
	for (size_t n = 0; n < pages; n++)
		ck_assert_uint_eq(*served_page(&s, n), 0xff);
	out_free(&o);
	serve_end(&s);
}

static void content_is_of_the_instant(void)
{
	for (size_t i = 0; i < KINDS; i++)
		of(&kinds[i]);
}

TEST_MAIN(content_is_of_the_instant)
