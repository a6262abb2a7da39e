/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A file whose reads bring less than they were asked for, as a signal or a remote file system may
 * have it: what is missing is read, and nothing twice. EINTR is no error.
 */
#include "slow_file.h"

#define PAGES 64u

static void brings(uint32_t most, uint32_t interruptions)
{
	struct uffd_source *source;
	struct slow_file f;
	struct served s;

	slow_file_make(&f, PAGES * 4096 - 1000);
	atomic_store(&f.control->most, most);
	slow_fail(&f, interruptions, EINTR);
	ck_assert_int_eq(uffd_source_open_fd(&source, f.fd, NULL), 0);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source});
	uffd_source_close(source);
	memset(s.content + PAGES * 4096 - 1000, 0, 1000);
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert_msg(served_right(&s, k), "page %zu", k);
	serve_settled(&s);
	ck_assert_uint_eq(stats_of(s.ctx).read_bytes, PAGES * 4096 - 1000);
	ck_assert_uint_eq(stats_of(s.ctx).source_errors, 0);
	ck_assert_uint_eq(atomic_load(&f.control->errors), 0);
	serve_end(&s);
	slow_file_free(&f);
}

static void file_that_brings_little_at_a_time(void)
{
	brings(1000, 0);
	brings(4096, 0);
	brings(65535, 0);
	brings(0, 3);
	brings(5000, 3);
}

TEST_MAIN(file_that_brings_little_at_a_time)
