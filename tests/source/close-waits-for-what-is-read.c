/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A loop that is closed while a file is read waits for that, and what it brings is installed:
 * nobody who waited for it is left behind, and nothing is read again. The loop's own thread, a
 * thread of the program's, and one that is gone.
 */
#include "slow_file.h"

#define PAGES 64u

static struct served s;
static struct slow_file f;
static _Atomic bool enough;

static void make(bool device)
{
	struct uffd_source_file_opts opts = {.size = sizeof(opts), .flags = LIBUFFD_SOURCE_DIRECT};
	struct uffd_source *source;

	if (device)
		slow_device_make(&f, PAGES * 4096);
	else
		slow_file_make(&f, PAGES * 4096);
	atomic_store(&enough, false);
	ck_assert_int_eq(uffd_source_open_fd(&source, f.fd, &opts), 0);
	slow_hold(&f, 0, UINT64_MAX);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source});
	uffd_source_close(source);
}

/* The device may take reads of neighbours for one. */
static bool under_way(void)
{
	return stats_of(s.ctx).reads == 3 && atomic_load(&f.control->held) > 0;
}

static void end(struct toucher *t)
{
	for (size_t k = 0; k < 3; k++) {
		ck_assert_int_eq(touch_join(&t[k]), TOUCH_DONE);
		ck_assert(served_right(&s, 20 * k));
	}
	serve_settled(&s);
	ck_assert_uint_eq(stats_of(s.ctx).reads, 3);
	serve_end(&s);
	slow_file_free(&f);
}

static void *closes(void *arg)
{
	atomic_store((_Atomic int *)arg, uffd_loop_close(s.loop));
	return NULL;
}

static void its_own_thread(bool device)
{
	_Atomic int closed = 1;
	struct toucher t[3];
	pthread_t thread;

	make(device);
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < 3; k++)
		touch_start(&t[k], served_page(&s, 20 * k), false, 0);
	WAIT_UNTIL(under_way());
	ck_assert_int_eq(pthread_create(&thread, NULL, closes, &closed), 0);
	for (size_t k = 0; k < 3; k++)
		ck_assert(touch_asleep(&t[k]));
	slow_release(&f);
	pthread_join(thread, NULL);
	ck_assert_int_eq(atomic_load(&closed), 0);
	s.loop = NULL;
	end(t);
}

static void the_programs_thread(bool device)
{
	struct toucher t[3];

	make(device);
	s.loop = serve_open(s.ctx, NULL);
	for (size_t k = 0; k < 3; k++)
		touch_start(&t[k], served_page(&s, 20 * k), false, 0);
	DISPATCH_UNTIL(s.loop, under_way());
	slow_release(&f);
	ck_assert_int_eq(uffd_loop_close(s.loop), 0);
	s.loop = NULL;
	end(t);
}

static void *dispatches(void *arg)
{
	(void)arg;
	while (!atomic_load(&enough))
		if (uffd_loop_dispatch(s.loop, 1) < 0)
			return NULL;
	return &s;
}

static void a_thread_that_is_gone(bool device)
{
	void *ret = NULL;
	struct toucher t[3];
	pthread_t thread;

	make(device);
	s.loop = serve_open(s.ctx, NULL);
	for (size_t k = 0; k < 3; k++)
		touch_start(&t[k], served_page(&s, 20 * k), false, 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, dispatches, NULL), 0);
	WAIT_UNTIL(under_way());
	atomic_store(&enough, true);
	slow_release(&f);
	pthread_join(thread, &ret);
	ck_assert_ptr_eq(ret, &s);
	ck_assert_int_eq(uffd_loop_close(s.loop), 0);
	s.loop = NULL;
	end(t);
}

static void close_waits_for_what_is_read(void)
{
	for (int device = 0; device < 2; device++) {
		its_own_thread(device);
		the_programs_thread(device);
	}
	/* What is in flight on the ring of a thread that is gone never ends. */
	a_thread_that_is_gone(false);
}

TEST_MAIN(close_waits_for_what_is_read)
