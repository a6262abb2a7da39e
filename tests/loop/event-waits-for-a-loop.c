/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * madvise on a region whose loop is closed waits for the next loop, which applies it before it
 * answers any fault.
 */
#include "serve.h"

#define PAGES 8

static struct served s;
static _Atomic bool removed;

static void *removes(void *arg)
{
	(void)arg;
	if (madvise(served_page(&s, 2), 2 * s.m.page, MADV_DONTNEED) == 0)
		atomic_store(&removed, true);
	return NULL;
}

static void event_waits_for_a_loop(void)
{
	struct toucher t[3];
	pthread_t thread;

	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_EVENT_REMOVE, LIBUFFD_MISSING,
	      (struct uffd_region_opts){0});
	s.loop = serve_start(s.ctx, NULL);
	for (int round = 0; round < 3; round++) {
		ck_assert_int_eq(uffd_loop_close(s.loop), 0);
		atomic_store(&removed, false);
		ck_assert_int_eq(pthread_create(&thread, NULL, removes, NULL), 0);
		for (size_t k = 0; k < 3; k++)
			touch_start(&t[k], served_page(&s, k + 1), false, 0);
		for (size_t k = 0; k < 3; k++)
			touch_asleep(&t[k]);
		s.loop = serve_start(s.ctx, NULL);
		pthread_join(thread, NULL);
		ck_assert(atomic_load(&removed));
		for (size_t k = 0; k < 3; k++)
			ck_assert_int_eq(touch_join(&t[k]), TOUCH_DONE);
		ck_assert_uint_eq(t[0].value, s.content[s.m.page]);
		ck_assert(all_zero(served_page(&s, 2), 2 * s.m.page));
		for (size_t k = 4; k < PAGES; k++)
			ck_assert(served_right(&s, k));
	}
	serve_end(&s);
}

TEST_MAIN(event_waits_for_a_loop)
