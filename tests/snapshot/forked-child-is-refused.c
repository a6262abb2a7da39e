/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * After fork(): the child is refused everything on the parent's snapshots, at every stage of them,
 * may close its copies, before or after the context's, and the parent's go on.
 */
#include "../input/input.h"
#include "out.h"

#define PAGES 600u

struct handles {
	struct served s[3];
	struct out o;
	struct uffd_snapshot *prepared, *running, *over;
	bool context_first;
};

static void refused(struct uffd_snapshot *snapshot)
{
	struct uffd_snapshot_progress p = {.size = sizeof(p), .bytes_done = 77};
	struct timespec past = {.tv_sec = 1};

	CHILD_EXPECT(uffd_snapshot_arm(snapshot), -ECHILD);
	CHILD_EXPECT(uffd_snapshot_wait(snapshot, NULL), -ECHILD);
	CHILD_EXPECT(uffd_snapshot_wait(snapshot, &past), -ECHILD);
	CHILD_EXPECT(uffd_snapshot_progress(snapshot, &p), -ECHILD);
	CHILD_EXPECT(p.bytes_done, 77);
	CHILD_EXPECT(uffd_snapshot_cancel(snapshot), -ECHILD);
}

static void close_context(struct served *s)
{
	CHILD_EXPECT(uffd_loop_close(s->loop), 0);
	CHILD_EXPECT(uffd_ctx_close(s->ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

static void child(void *arg)
{
	struct handles *h = arg;
	struct uffd_snapshot_part part = {.region = h->s[0].region};
	struct uffd_snapshot *new = NO_HANDLE(struct uffd_snapshot);

	alarm(10);
	CHILD_EXPECT(uffd_snapshot_start(&new, &part, 1, 0, NULL), -ECHILD);
	CHILD_EXPECT(new == NO_HANDLE(struct uffd_snapshot), 1);
	refused(h->prepared);
	refused(h->running);
	refused(h->over);
	for (int i = 0; i < 3 && h->context_first; i++)
		close_context(&h->s[i]);
	CHILD_EXPECT(uffd_snapshot_close(h->prepared), 0);
	CHILD_EXPECT(uffd_snapshot_close(h->running), 0);
	CHILD_EXPECT(uffd_snapshot_close(h->over), 0);
	for (int i = 0; i < 3 && !h->context_first; i++)
		close_context(&h->s[i]);
}

static void forked_child_is_refused(void)
{
	struct handles h;
	int fd = snap_file();

	for (int i = 0; i < 3; i++) {
		snap_serve_anon(&h.s[i], PAGES);
		for (size_t n = 0; n < PAGES; n++)
			snap_fill(&h.s[i], n, (uint8_t)(n % 250 + 1));
	}
	out_make(&h.o, PAGES * 4096, true);
	h.prepared = snap_start(h.s[0].region, fd, (struct uffd_snapshot_opts){0});
	h.running = snap_begin(h.s[1].region, -1, out_opts(&h.o, SNAP_LEAST));
	out_entered(&h.o);
	h.over = snap_begin(h.s[2].region, fd, (struct uffd_snapshot_opts){0});
	ck_assert_int_eq(snap_wait(h.over), 0);
	snap_idle();
	h.context_first = false;
	in_child(child, &h);
	h.context_first = true;
	in_child(child, &h);
	ck_assert_int_eq(uffd_snapshot_close(h.over), 0);
	out_shut(&h.o, false);
	ck_assert_int_eq(snap_end(h.running), 0);
	out_is(&h.o, &h.s[1], "running");
	ck_assert_int_eq(uffd_snapshot_arm(h.prepared), 0);
	ck_assert_int_eq(snap_end(h.prepared), 0);
	snap_file_is(&h.s[0], fd, 0, "prepared");
	out_free(&h.o);
	close(fd);
	for (int i = 0; i < 3; i++)
		serve_end(&h.s[i]);
}

TEST_MAIN(forked_child_is_refused)
