/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The thread that dispatches removes a region between two turns, while reads of it are in flight:
 * those that only this thread can bring to their end, and those of others.
 */
#include "later.h"
#include "slow_file.h"

#define PAGES 64u

static struct later l;
static struct slow_file f;
static struct served s;
static _Atomic bool asked;

static void *releases(void *arg)
{
	(void)arg;
	while (!atomic_load(&asked))
		sched_yield();
	slow_release(&f);
	later_answer_all(&l);
	return NULL;
}

static void removed(int kind)
{
	struct uffd_source_file_opts opts = {.size = sizeof(opts)};
	struct uffd_source *source = NULL;
	struct toucher t[2];
	pthread_t thread;

	atomic_store(&asked, false);
	if (kind == 2)
		slow_device_make(&f, PAGES * 4096);
	else
		slow_file_make(&f, PAGES * 4096);
	later_make(&l, PAGES * 4096, NULL);
	opts.flags = kind == 2 ? LIBUFFD_SOURCE_DIRECT : 0;
	ck_assert_int_eq(uffd_source_open_fd(&source, f.fd, &opts), 0);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = kind ? source : l.source});
	uffd_source_close(source);
	slow_hold(&f, 0, UINT64_MAX);
	s.loop = serve_open(s.ctx, NULL);
	for (size_t k = 0; k < 2; k++)
		touch_start(&t[k], served_page(&s, 20 * k), false, 0);
	DISPATCH_UNTIL(s.loop, stats_of(s.ctx).reads == 2 &&
				       (kind == 0 || atomic_load(&f.control->held) > 0));
	ck_assert_int_eq(pthread_create(&thread, NULL, releases, NULL), 0);
	atomic_store(&asked, true);
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_DROP), 0);
	pthread_join(thread, NULL);
	for (size_t k = 0; k < 2; k++) {
		ck_assert_int_eq(touch_join(&t[k]), TOUCH_DONE);
		ck_assert_uint_eq(t[k].value, s.content[20 * k * 4096]);
		ck_assert(served_right(&s, 20 * k));
	}
	serve_end(&s);
	later_free(&l);
	slow_file_free(&f);
}

static void region_removed_by_the_dispatching_thread(void)
{
	for (int kind = 0; kind < 3; kind++)
		removed(kind);
}

TEST_MAIN(region_removed_by_the_dispatching_thread)
