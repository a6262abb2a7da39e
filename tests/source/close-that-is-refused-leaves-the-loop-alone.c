/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * uffd_loop_close() while reads are under way that only the thread which dispatches can bring to
 * their end: EBUSY, and that thread's loop goes on as if nobody had asked. Then it is closed.
 */
#include "slow_file.h"

#define PAGES 64u

static struct served s;
static _Atomic bool paused, may_go_on, enough;

static void *dispatches(void *arg)
{
	int ret = 0;

	(void)arg;
	while (ret >= 0 && !atomic_load(&enough)) {
		if (atomic_load(&paused)) {
			atomic_store(&paused, false);
			while (!atomic_load(&may_go_on))
				sched_yield();
		}
		ret = uffd_loop_dispatch(s.loop, 1);
	}
	return ret < 0 ? arg : NULL;
}

static void close_that_is_refused_leaves_the_loop_alone(void)
{
	void *failed = NULL;
	struct uffd_source_file_opts opts = {.size = sizeof(opts), .flags = LIBUFFD_SOURCE_DIRECT};
	struct uffd_source *source;
	struct toucher t[3];
	struct slow_file f;
	pthread_t thread;
	int ret;

	slow_device_make(&f, PAGES * 4096);
	ck_assert_int_eq(uffd_source_open_fd(&source, f.fd, &opts), 0);
	slow_hold(&f, 0, 16 * 4096);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source});
	uffd_source_close(source);
	s.loop = serve_open(s.ctx, NULL);
	ck_assert_int_eq(pthread_create(&thread, NULL, dispatches, &s), 0);
	touch_start(&t[0], served_page(&s, 3), false, 0);
	WAIT_UNTIL(atomic_load(&f.control->held) == 1);
	/* It is between two turns, and its read in flight. */
	atomic_store(&paused, true);
	WAIT_UNTIL(!atomic_load(&paused));
	if (stats_of(s.ctx).poller == LIBUFFD_POLLER_URING) {
		ret = uffd_loop_close(s.loop);
		ck_assert_int_eq(ret, -EBUSY);
	}
	atomic_store(&may_go_on, true);
	/* Faults come to it, before and after the read ends. */
	touch_start(&t[1], served_page(&s, 20), false, 0);
	WAIT_UNTIL(atomic_load(&t[1].state) != TOUCH_RUNNING);
	slow_release(&f);
	WAIT_UNTIL(atomic_load(&t[0].state) != TOUCH_RUNNING);
	touch_start(&t[2], served_page(&s, 40), false, 0);
	WAIT_UNTIL(atomic_load(&t[2].state) != TOUCH_RUNNING);
	for (size_t k = 0; k < 3; k++)
		ck_assert_int_eq(touch_join(&t[k]), TOUCH_DONE);
	ck_assert(served_right(&s, 3) && served_right(&s, 20) && served_right(&s, 40));
	atomic_store(&enough, true);
	pthread_join(thread, &failed);
	ck_assert_ptr_null(failed);
	serve_end(&s);
	slow_file_free(&f);
}

TEST_MAIN(close_that_is_refused_leaves_the_loop_alone)
