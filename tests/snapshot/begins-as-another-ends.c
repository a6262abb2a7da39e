/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A snapshot is cancelled or fails while a thread waits to write, and another one, or a tracking,
 * begins as soon as it may: the thread goes on all the same, before that is armed.
 */
#include "out.h"

#define PAGES 65536u /* lifting its protection takes a while */
#define TURNS 12

struct beginner {
	pthread_t thread;
	struct uffd_region *region;
	struct uffd_snapshot *snapshot;
	struct uffd_dirty *dirty;
	bool tracks;
	int fd;
	int ret;
};

static void *begin(void *arg)
{
	struct uffd_dirty_opts opts = {.size = sizeof(opts), .method = LIBUFFD_DIRTY_SYNC};
	struct beginner *b = arg;
	const struct uffd_snapshot_part part = {.region = b->region};

	do {
		b->ret = b->tracks ? uffd_dirty_start(&b->dirty, b->region, &opts)
				   : uffd_snapshot_start(&b->snapshot, &part, 1, b->fd, NULL);
	} while (b->ret == -EBUSY);
	return NULL;
}

static void once(struct served *s, bool fails, bool tracks)
{
	struct beginner b = {.region = s->region, .tracks = tracks, .fd = snap_file()};
	struct uffd_snapshot *snapshot;
	struct toucher t;
	struct out o;

	out_make(&o, s->m.length, true);
	snapshot = snap_begin(s->region, -1, out_opts(&o, SNAP_LEAST));
	for (size_t page = PAGES - 1;; page -= SNAP_WINDOW) {
		touch_start(&t, served_page(s, page), true, 1);
		if (touch_waits(&t))
			break;
		touch_join(&t);
	}
	ck_assert_int_eq(pthread_create(&b.thread, NULL, begin, &b), 0);
	if (fails)
		out_answer(&o, -EIO);
	else
		ck_assert_int_eq(uffd_snapshot_cancel(snapshot), 0);
	out_shut(&o, false);
	pthread_join(b.thread, NULL);
	ck_assert_int_eq(b.ret, 0);
	WAIT_UNTIL(atomic_load(&t.state) == TOUCH_DONE);
	touch_join(&t);
	ck_assert_int_eq(snap_end(snapshot), fails ? -EIO : -ECANCELED);
	if (tracks)
		ck_assert_int_eq(uffd_dirty_stop(b.dirty), 0);
	else
		ck_assert_int_eq(uffd_snapshot_close(b.snapshot), 0);
	close(b.fd);
	out_free(&o);
}

static void begins_as_another_ends(void)
{
	struct served s;

	snap_serve_anon(&s, PAGES);
	memset(s.m.at, 7, s.m.length);
	for (int i = 0; i < TURNS; i++)
		once(&s, i & 1, i & 2);
	serve_end(&s);
}

TEST_MAIN(begins_as_another_ends)
