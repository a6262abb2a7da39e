/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A page that is being filled when the snapshot comes by is saved when it is complete, as what it
 * became; everything else is saved before. While one is waited for the snapshot can be cancelled,
 * and closed at once.
 */
#include "lazy.h"

#define PAGES 600u

static const size_t busy[] = {0, 5, 6, 300, PAGES - 1};
#define BUSY (sizeof(busy) / sizeof(busy[0]))

static bool is_busy(size_t page)
{
	for (size_t i = 0; i < BUSY; i++)
		if (busy[i] == page)
			return true;
	return false;
}

static void prepare(struct served *s, struct held *h, struct toucher *t)
{
	lazy_serve_held(s, h, PAGES, 0);
	atomic_store(&h->at_once, true);
	for (size_t k = 0; k < PAGES; k++)
		if (!is_busy(k))
			ck_assert(served_right(s, k));
	serve_settled(s);
	atomic_store(&h->at_once, false);
	for (size_t i = 0; i < BUSY; i++)
		touch_start(&t[i], served_page(s, busy[i]), i & 1, 0xee);
	WAIT_UNTIL(held_count(h) == BUSY);
}

static void is_waited_for(void)
{
	static struct held h;
	struct uffd_snapshot *snapshot;
	struct timespec past = {.tv_sec = 1};
	struct toucher t[BUSY];
	struct served s;
	struct out o;

	prepare(&s, &h, t);
	out_make(&o, s.m.length, false);
	snapshot = snap_begin(s.region, -1, out_opts(&o, SNAP_LEAST));
	WAIT_UNTIL(snap_progress(snapshot).bytes_done == (PAGES - BUSY) * 4096);
	ck_assert_int_eq(uffd_snapshot_wait(snapshot, &past), -ETIMEDOUT);
	for (size_t i = BUSY; i > 0; i--) {
		struct held_read read;

		ck_assert(held_take(&h, busy[i - 1] * 4096, &read));
		held_answer(&h, &read);
		WAIT_UNTIL(snap_progress(snapshot).bytes_done == (PAGES - (i - 1)) * 4096);
	}
	ck_assert_int_eq(snap_end(snapshot), 0);
	for (size_t i = 0; i < BUSY; i++)
		ck_assert_int_eq(touch_join(&t[i]), TOUCH_DONE);
	out_is(&o, &s, "filled meanwhile");
	out_free(&o);
	serve_end(&s);
}

static void ends_at_once(bool cancelled)
{
	static struct held h;
	struct uffd_snapshot *snapshot;
	struct toucher t[BUSY];
	struct served s;
	struct out o;
	uint64_t began;

	memset(&h, 0, sizeof(h));
	prepare(&s, &h, t);
	out_make(&o, s.m.length, false);
	snapshot = snap_begin(s.region, -1, out_opts(&o, SNAP_LEAST));
	WAIT_UNTIL(snap_progress(snapshot).bytes_done == (PAGES - BUSY) * 4096);
	began = test_now();
	if (cancelled) {
		ck_assert_int_eq(uffd_snapshot_cancel(snapshot), 0);
		ck_assert_int_eq(snap_wait(snapshot), -ECANCELED);
	}
	ck_assert_int_eq(uffd_snapshot_close(snapshot), 0);
	ck_assert_uint_lt(test_now() - began, 500000000);
	held_release(&h);
	for (size_t i = 0; i < BUSY; i++)
		ck_assert_int_eq(touch_join(&t[i]), TOUCH_DONE);
	out_free(&o);
	serve_end(&s);
}

static void page_being_filled_is_waited_for(void)
{
	is_waited_for();
	ends_at_once(true);
	ends_at_once(false);
}

TEST_MAIN(page_being_filled_is_waited_for)
