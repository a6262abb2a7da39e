/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Memory is bounded. While nothing is written out the sweep fills three quarters of the buffers and
 * no more, writers to pages that are not saved yet get the last quarter, and then they wait; those
 * to pages that are saved never do. When the output goes on so do all of them, and nothing is lost.
 */
#include "out.h"

#define PAGES   1024u
#define BUFFERS (SNAP_LEAST / 4096) /* pages */

/* Pages that are not protected any more: those that have been saved. */
static size_t saved(const struct served *s)
{
	uint64_t entries[PAGES];
	size_t n = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(
		pread(fd, entries, sizeof(entries), (off_t)((uintptr_t)s->m.at / 4096 * 8)),
		sizeof(entries));
	close(fd);
	for (size_t k = 0; k < PAGES; k++)
		n += !(entries[k] >> 57 & 1);
	return n;
}

static void writer_of_a_saved_page_goes_on(const struct served *s, size_t page)
{
	struct toucher t;

	touch_start(&t, served_page(s, page), true, 0xee);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
}

/* From behind, where the sweep comes last, until one waits. How many did not. */
static size_t until_one_waits(const struct served *s, struct toucher *t)
{
	size_t page = PAGES - 1, n = 0;

	for (;; n++, page -= SNAP_WINDOW) {
		touch_start(t, served_page(s, page), true, 0xee);
		if (touch_waits(t))
			return n;
		ck_assert_int_eq(touch_join(t), TOUCH_DONE);
		writer_of_a_saved_page_goes_on(s, page);
		ck_assert_uint_gt(page, PAGES / 2);
	}
}

static void of(const struct kind *k)
{
	struct uffd_snapshot_progress p;
	struct uffd_snapshot *snapshot;
	struct toucher t;
	struct served s;
	struct out o;

	snap_serve(&s, k, PAGES, 0, 0);
	for (size_t n = 0; n < PAGES; n++)
		snap_fill(&s, n, (uint8_t)(n % 255 + 1));
	out_make(&o, s.m.length, true);
	snapshot = snap_begin(s.region, -1, out_opts(&o, SNAP_LEAST));
	WAIT_UNTIL(saved(&s) >= BUFFERS / 4 * 3);
	ck_assert_uint_eq(saved(&s), BUFFERS / 4 * 3);
	writer_of_a_saved_page_goes_on(&s, 0);
	ck_assert_uint_ge(until_one_waits(&s, &t), 1);
	ck_assert_uint_le(saved(&s), BUFFERS);
	p = snap_progress(snapshot);
	ck_assert_uint_eq(p.bytes_waited, (saved(&s) - BUFFERS / 4 * 3) * 4096);
	ck_assert_uint_eq(p.bytes_total, s.m.length);
	ck_assert_uint_eq(p.bytes_done, 0);
	ck_assert_uint_eq(p.state, LIBUFFD_SNAPSHOT_RUNNING);
	out_shut(&o, false);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_int_eq(snap_wait(snapshot), 0);
	ck_assert_uint_gt(snap_progress(snapshot).bytes_waited, p.bytes_waited);
	ck_assert_int_eq(uffd_snapshot_close(snapshot), 0);
	out_is(&o, &s, k->name);
	out_free(&o);
	serve_end(&s);
}

static void full_buffers_hold_writers(void)
{
	of(&kinds[0]);
	of(&kinds[1]);
	of(&kinds[2]);
	of(&kinds[3]);
}

TEST_MAIN(full_buffers_hold_writers)
