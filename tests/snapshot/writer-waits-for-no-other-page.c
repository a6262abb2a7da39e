/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Who waits to write a page that is in memory does not wait for any other: not for those beside it
 * that the source has yet to bring or is bringing, not for one of another region, and not for the
 * sweep, which has no buffers left.
 */
#include "lazy.h"

#define PAGES 1024u

/* Full buffers, but for those that are kept: the output is held up. */
static void until_the_sweep_stops(struct out *o)
{
	out_entered(o);
	snap_idle();
}

static void goes_on(struct served *s, size_t page, const char *what)
{
	uint64_t until = test_now() + 400000000;
	struct toucher t;

	touch_start(&t, served_page(s, page), true, 0xee);
	while (atomic_load(&t.state) == TOUCH_RUNNING && test_now() < until)
		sched_yield();
	ck_assert_msg(atomic_load(&t.state) == TOUCH_DONE, "%s: waits for something else", what);
	touch_join(&t);
}

/* Pages are there but for those just below page. */
static void among_neighbours(bool busy)
{
	static struct held h;
	struct uffd_snapshot *snapshot;
	size_t page = PAGES - 3, low = PAGES - SNAP_WINDOW;
	struct toucher t;
	struct served s;
	struct out o;

	memset(&h, 0, sizeof(h));
	lazy_serve_held(&s, &h, PAGES, 0);
	lazy_bring(&s, &h, 0, low);
	lazy_bring(&s, &h, page, PAGES);
	if (busy) {
		touch_start(&t, served_page(&s, low), false, 0);
		WAIT_UNTIL(held_count(&h) == 1);
	}
	out_make(&o, s.m.length, true);
	snapshot = snap_begin(s.region, -1, out_opts(&o, SNAP_LEAST));
	until_the_sweep_stops(&o);
	goes_on(&s, page, busy ? "beside a busy page" : "beside a page of the source");
	out_shut(&o, false);
	ck_assert_int_eq(lazy_finish(&h, snapshot), 0);
	ck_assert_int_eq(uffd_snapshot_close(snapshot), 0);
	if (busy)
		touch_join(&t);
	out_is(&o, &s, "neighbours");
	out_free(&o);
	serve_end(&s);
}

/* One page is busy to the end; another was, when the sweep came by, and is there now. */
static void passed_over(void)
{
	static struct held h;
	struct uffd_snapshot *snapshot;
	struct toucher t[2];
	struct held_read read;
	struct served s;
	struct out o;

	memset(&h, 0, sizeof(h));
	lazy_serve_held(&s, &h, PAGES, 0);
	lazy_bring(&s, &h, 2, PAGES);
	for (size_t i = 0; i < 2; i++)
		touch_start(&t[i], served_page(&s, i), false, 0);
	WAIT_UNTIL(held_count(&h) == 2);
	out_make(&o, s.m.length, true);
	snapshot = snap_begin(s.region, -1, out_opts(&o, SNAP_LEAST));
	until_the_sweep_stops(&o);
	ck_assert(held_take(&h, 4096, &read));
	held_answer(&h, &read);
	ck_assert_int_eq(touch_join(&t[1]), TOUCH_DONE);
	goes_on(&s, 1, "passed over");
	out_shut(&o, false);
	WAIT_UNTIL(snap_progress(snapshot).bytes_done == (PAGES - 1) * 4096);
	ck_assert_int_eq(lazy_finish(&h, snapshot), 0);
	ck_assert_int_eq(uffd_snapshot_close(snapshot), 0);
	touch_join(&t[0]);
	out_is(&o, &s, "passed over");
	out_free(&o);
	serve_end(&s);
}

/*
 * What is in memory is saved before the source is asked for anything, and then nobody waits for
 * that.
 */
static void behind_a_slow_source(void)
{
	static struct held h;
	struct uffd_snapshot *snapshot;
	size_t missing = 100;
	struct served s;
	struct out o;

	lazy_serve_held(&s, &h, PAGES, 0);
	lazy_bring(&s, &h, missing, PAGES);
	out_make(&o, s.m.length, false);
	snapshot = snap_begin(s.region, -1, out_opts(&o, SNAP_LEAST));
	WAIT_UNTIL(snap_progress(snapshot).bytes_done == (PAGES - missing) * 4096);
	WAIT_UNTIL(held_count(&h) > 0);
	goes_on(&s, PAGES - 1, "behind a slow source");
	ck_assert_int_eq(lazy_finish(&h, snapshot), 0);
	ck_assert_int_eq(uffd_snapshot_close(snapshot), 0);
	out_is(&o, &s, "a slow source");
	out_free(&o);
	serve_end(&s);
}

static _Atomic bool discarded;

static void *discard_last(void *arg)
{
	struct served *s = arg;

	if (uffd_discard(s->region, (PAGES - 1) * 4096, 4096) == 0)
		atomic_store(&discarded, true);
	return NULL;
}

/*
 * A discard of a page that is busy: when that has come it is saved, though the output is held up.
 */
static void asked_for_while_it_was_busy(void)
{
	static struct held h;
	struct uffd_snapshot *snapshot;
	pthread_t discarder;
	struct toucher t;
	struct served s;
	struct out o;

	lazy_serve_held(&s, &h, PAGES, LIBUFFD_CTX_DISCARDS);
	lazy_bring(&s, &h, 0, PAGES - 1);
	touch_start(&t, served_page(&s, PAGES - 1), false, 0);
	WAIT_UNTIL(held_count(&h) == 1);
	out_make(&o, s.m.length, true);
	snapshot = snap_begin(s.region, -1, out_opts(&o, SNAP_LEAST));
	until_the_sweep_stops(&o);
	ck_assert_int_eq(pthread_create(&discarder, NULL, discard_last, &s), 0);
	snap_idle();
	ck_assert(!atomic_load(&discarded));
	held_release(&h);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	WAIT_UNTIL(atomic_load(&discarded));
	pthread_join(discarder, NULL);
	out_shut(&o, false);
	ck_assert_int_eq(snap_end(snapshot), 0);
	out_is(&o, &s, "discarded");
	out_free(&o);
	serve_end(&s);
}

/* A region of one page more in the context of s. */
static void add_another(struct served *b, const struct served *s, struct held *h)
{
	struct uffd_source *source = held_open(h, 4096);

	*b = *s;
	test_memory_make(&b->m, LIBUFFD_BACKING_ANON, 1);
	b->region = serve_region(b, &b->m, LIBUFFD_MISSING | LIBUFFD_WP,
				 (struct uffd_region_opts){.source = source});
	uffd_source_close(source);
}

/* The first region's only page that is left is busy: those of the second are saved all the same. */
static void of_another_region(void)
{
	static struct held h, other;
	struct uffd_snapshot_part parts[2] = {{.offset = 0}, {.offset = PAGES * 4096}};
	struct uffd_snapshot *snapshot;
	struct toucher t[2];
	struct served s, b;
	struct out o;

	lazy_serve_held(&s, &h, PAGES, 0);
	lazy_bring(&s, &h, 1, PAGES);
	add_another(&b, &s, &other);
	touch_start(&t[0], served_page(&s, 0), false, 0);
	touch_start(&t[1], served_page(&b, 0), false, 0);
	WAIT_UNTIL(held_count(&h) == 1 && held_count(&other) == 1);
	parts[0].region = s.region;
	parts[1].region = b.region;
	out_make(&o, (uint64_t)(PAGES + 1) * 4096, false);
	snapshot = snap_start_parts(parts, 2, -1, out_opts(&o, SNAP_LEAST));
	ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
	WAIT_UNTIL(snap_progress(snapshot).bytes_done == (PAGES - 1) * 4096);
	held_release(&other);
	ck_assert_int_eq(touch_join(&t[1]), TOUCH_DONE);
	goes_on(&b, 0, "of another region");
	held_release(&h);
	ck_assert_int_eq(snap_end(snapshot), 0);
	ck_assert_int_eq(touch_join(&t[0]), TOUCH_DONE);
	ck_assert_int_eq(memcmp(o.image + (uint64_t)PAGES * 4096, b.content, 4096), 0);
	ck_assert_int_eq(uffd_region_remove(b.region, LIBUFFD_CLOSE_DROP), 0);
	test_memory_free(&b.m);
	out_is(&o, &s, "two regions");
	out_free(&o);
	serve_end(&s);
}

static void writer_waits_for_no_other_page(void)
{
	among_neighbours(false);
	among_neighbours(true);
	passed_over();
	behind_a_slow_source();
	asked_for_while_it_was_busy();
	of_another_region();
}

TEST_MAIN(writer_waits_for_no_other_page)
