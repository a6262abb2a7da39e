/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A file that shrinks while its reads are under way: what it still had is right, also where it was
 * read together with what it lost, which is SIGBUS; never zeros, and never what the buffer held
 * before.
 */
#include "slow_file.h"

#define PAGES 64u
#define KEPT  30u

static void truncated(uint64_t around)
{
	struct toucher t[PAGES / 16];
	struct uffd_source *source;
	struct slow_file f;
	struct served s;

	slow_file_make(&f, PAGES * 4096);
	ck_assert_int_eq(uffd_source_open_fd(&source, f.fd, NULL), 0);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_POISON, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source,
					.fault_around = around,
					.max_retries = 1,
					.retry_ns = 10000});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	slow_hold(&f, 0, UINT64_MAX);
	for (size_t k = 0; k < PAGES / 16; k++)
		touch_start(&t[k], served_page(&s, 16 * k + 7), false, 0);
	WAIT_UNTIL(atomic_load(&f.control->held) == PAGES / 16);
	atomic_store(&f.control->ends, KEPT * 4096 + 100);
	slow_release(&f);
	for (size_t k = 0; k < PAGES / 16; k++) {
		bool has = 16 * k + 7 < KEPT;

		ck_assert_int_eq(touch_join(&t[k]), has ? TOUCH_DONE : TOUCH_SIGBUS);
		if (has)
			ck_assert(served_right(&s, 16 * k + 7));
	}
	for (size_t k = 0; k < PAGES; k++) {
		struct toucher again;

		touch_start(&again, served_page(&s, k), false, 0);
		if (touch_join(&again) == TOUCH_DONE)
			ck_assert_msg(k < KEPT && served_right(&s, k), "page %zu", k);
		else
			ck_assert_msg(k >= KEPT, "page %zu", k);
	}
	serve_end(&s);
	slow_file_free(&f);
}

static void file_truncated_while_it_is_read(void)
{
	truncated(4096);
	truncated(65536);
}

TEST_MAIN(file_truncated_while_it_is_read)
