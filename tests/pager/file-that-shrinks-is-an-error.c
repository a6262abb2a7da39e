/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A file that is truncated while it is a source: what it still has is right, what it lost is
 * SIGBUS, never zeros and never bytes of another page; also where there was a hole, and within a
 * page.
 */
#include "serve.h"

#define PAGES 64u
#define KEPT  20u

static void shrunk(uint64_t around, bool sparse)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int fd = memfd_create("content", MFD_CLOEXEC);
	struct uffd_source *source;
	struct toucher t;
	struct served s;

	serve(&s, LIBUFFD_BACKING_ANON, 1, 0, LIBUFFD_MISSING, (struct uffd_region_opts){0});
	serve_end(&s);
	ck_assert_int_eq(ftruncate(fd, (off_t)(PAGES * page)), 0);
	for (size_t k = 0; k < (sparse ? KEPT + 1 : PAGES); k++) {
		uint8_t bytes[65536];

		content_write(bytes, k * page, page);
		ck_assert_int_eq(pwrite(fd, bytes, page, (off_t)(k * page)), (ssize_t)page);
	}
	ck_assert_int_eq(uffd_source_open_fd(&source, fd, NULL), 0);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_POISON, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source,
					.fault_around = around,
					.max_retries = 1,
					.retry_ns = 10000});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	ck_assert(served_right(&s, 2));
	ck_assert_int_eq(ftruncate(fd, (off_t)(KEPT * page + page / 2)), 0);
	for (size_t k = PAGES; k-- > 0;) {
		touch_start(&t, served_page(&s, k), false, 0);
		if (touch_join(&t) == TOUCH_DONE)
			ck_assert_msg(k < KEPT && served_right(&s, k), "page %zu", k);
		else
			ck_assert_msg(k >= KEPT || around > 4096, "page %zu", k);
	}
	serve_end(&s);
	close(fd);
}

static void file_that_shrinks_is_an_error(void)
{
	shrunk(4096, false);
	shrunk(65536, false);
	shrunk(4096, true);
	shrunk(65536, true);
}

TEST_MAIN(file_that_shrinks_is_an_error)
