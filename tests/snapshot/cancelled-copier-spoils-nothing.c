/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A snapshot is cancelled while it waits for a slow source. Nobody waits any more then: writers go
 * on and the next snapshot may begin. When the source answers at last, nothing of that one is
 * changed by it.
 */
#include "held.h"
#include "out.h"

#define PAGES 600u

/* Answers the copier's reads up to the one that has page, or goes beyond, which is returned. */
static struct held_read until_it_asks_for(struct held *h, size_t page)
{
	struct held_read read;

	for (;;) {
		WAIT_UNTIL(held_take(h, UINT64_MAX, &read));
		if (read.offset + read.length > page * 4096)
			return read;
		held_answer(h, &read);
	}
}

static void writers_go_on(struct served *s, struct uffd_snapshot *snapshot)
{
	struct toucher t;
	uint64_t until = test_now() + 5000000000;

	ck_assert_int_eq(uffd_snapshot_cancel(snapshot), 0);
	touch_start(&t, served_page(s, 0), true, s->content[0]);
	while (atomic_load(&t.state) == TOUCH_RUNNING && test_now() < until)
		sched_yield();
	ck_assert_int_eq(atomic_load(&t.state), TOUCH_DONE);
	touch_join(&t);
}

static void cancelled_copier_spoils_nothing(void)
{
	static struct held h;
	struct uffd_snapshot *first, *second;
	struct held_read late, early;
	struct uffd_source *source;
	struct served s;
	struct out o, unused;

	source = held_open(&h, PAGES * 4096);
	snap_serve_lazily(&s, LIBUFFD_BACKING_ANON, PAGES, 0, 0, LIBUFFD_MISSING,
			  (struct uffd_region_opts){.source = source, .fault_around = 4096});
	uffd_source_close(source);
	/* Page 0 is there, the others are not. */
	atomic_store(&h.at_once, true);
	ck_assert_uint_eq(*served_page(&s, 0), s.content[0]);
	serve_settled(&s);
	atomic_store(&h.at_once, false);
	out_make(&unused, s.m.length, false);
	out_make(&o, s.m.length, false);
	first = snap_begin(s.region, -1, out_opts(&unused, 0));
	late = until_it_asks_for(&h, PAGES / 2);
	writers_go_on(&s, first);
	second = snap_begin(s.region, -1, out_opts(&o, 0));
	early = until_it_asks_for(&h, 0);
	/* The first one's answer comes when the second has yet to come to those pages. */
	ck_assert_uint_lt(early.offset + early.length, late.offset);
	held_answer(&h, &late);
	ck_assert_int_eq(snap_end(first), -ECANCELED);
	held_answer(&h, &early);
	held_release(&h);
	ck_assert_int_eq(snap_end(second), 0);
	out_is(&o, &s, "the second");
	out_free(&o);
	out_free(&unused);
	serve_end(&s);
}

TEST_MAIN(cancelled_copier_spoils_nothing)
