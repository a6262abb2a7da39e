/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A file that is read by threads: however many reads of a prefetch are in flight, a fault's read
 * begins at once.
 */
#include "slow_file.h"

#define PAGES 4096u

static void fault_finds_a_thread_free(void)
{
	struct uffd_prefetch *prefetch;
	struct uffd_source *source;
	struct slow_file f;
	struct toucher t;
	struct served s;

	slow_file_make(&f, PAGES * 4096);
	ck_assert_int_eq(uffd_source_open_fd(&source, f.fd, NULL), 0);
	serve(&s, LIBUFFD_BACKING_SHMEM, PAGES, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source});
	uffd_source_close(source);
	slow_hold(&f, 0, (PAGES - 16) * 4096);
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(uffd_prefetch_start(&prefetch, s.region, NULL), 0);
	/* As many as it begins of its own accord: 4 MiB, in sixteen reads. */
	WAIT_UNTIL(stats_of(s.ctx).reads >= 16);
	WAIT_UNTIL(atomic_load(&f.control->held) >= 4);
	touch_start(&t, served_page(&s, PAGES - 1), false, 0);
	WAIT_UNTIL(atomic_load(&t.state) != TOUCH_RUNNING);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_uint_eq(t.value, s.content[(PAGES - 1) * 4096]);
	slow_release(&f);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), 0);
	uffd_prefetch_close(prefetch);
	ck_assert_int_eq(memcmp(s.m.at, s.content, s.m.length), 0);
	serve_end(&s);
	slow_file_free(&f);
}

TEST_MAIN(fault_finds_a_thread_free)
