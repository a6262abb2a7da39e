/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * After fork(): the child is refused everything on the parent's prefetch, also on one that is over,
 * may close its copy, and the parent's goes on.
 */
#include "../input/input.h"
#include "later.h"

#define PAGES 1024u

struct handles {
	struct served s;
	struct uffd_prefetch *running, *over;
};

static void child(void *arg)
{
	struct handles *h = arg;
	struct uffd_prefetch_progress p = {.size = sizeof(p), .bytes_done = 77};
	struct uffd_prefetch *new = NO_HANDLE(struct uffd_prefetch);
	struct timespec past = {.tv_sec = 1};

	CHILD_EXPECT(uffd_prefetch_start(&new, h->s.region, NULL), -ECHILD);
	CHILD_EXPECT(new == NO_HANDLE(struct uffd_prefetch), 1);
	CHILD_EXPECT(uffd_prefetch_progress(h->running, &p), -ECHILD);
	CHILD_EXPECT(uffd_prefetch_progress(h->over, &p), -ECHILD);
	CHILD_EXPECT(p.bytes_done, 77);
	CHILD_EXPECT(uffd_prefetch_wait(h->running, NULL), -ECHILD);
	CHILD_EXPECT(uffd_prefetch_wait(h->running, &past), -ECHILD);
	CHILD_EXPECT(uffd_prefetch_wait(h->over, NULL), -ECHILD);
	CHILD_EXPECT(uffd_prefetch_cancel(h->running), -ECHILD);
	uffd_prefetch_close(h->running);
	uffd_prefetch_close(h->over);
	CHILD_EXPECT(uffd_loop_close(h->s.loop), 0);
	CHILD_EXPECT(uffd_ctx_close(h->s.ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

static void forked_child_is_refused(void)
{
	struct uffd_range few = {0, 16 * 4096};
	struct uffd_prefetch_opts opts = {.size = sizeof(opts), .ranges = &few, .range_count = 1};
	struct handles h;
	struct later l;

	later_make(&l, PAGES * 4096, NULL);
	later_serve(&h.s, &l, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
		    (struct uffd_region_opts){.install = LIBUFFD_INSTALL_COPY});
	h.s.loop = serve_start(h.s.ctx, NULL);
	ck_assert_int_eq(uffd_prefetch_start(&h.over, h.s.region, &opts), 0);
	WAIT_UNTIL(later_answer(&l, 0));
	ck_assert_int_eq(uffd_prefetch_wait(h.over, NULL), 0);
	ck_assert_int_eq(uffd_prefetch_start(&h.running, h.s.region, NULL), 0);
	WAIT_UNTIL(later_count(&l) >= 2);
	in_child(child, &h);
	later_start(&l, false);
	ck_assert_int_eq(uffd_prefetch_wait(h.running, NULL), 0);
	later_stop(&l);
	uffd_prefetch_close(h.running);
	uffd_prefetch_close(h.over);
	ck_assert_int_eq(memcmp(h.s.m.at, h.s.content, h.s.m.length), 0);
	serve_end(&h.s);
	later_free(&l);
}

TEST_MAIN(forked_child_is_refused)
