/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A snapshot needs /proc/self/pagemap. Where it is not to be had just now, the start says why, and
 * where it never is, that it cannot; the file, the region and its memory are as before.
 */
#include "../input/input.h"
#include "snap.h"
#include "wrapped_open.h"

#define PAGES 8u

static int open_error;

static int open_fails(const char *path)
{
	return strstr(path, "pagemap") ? open_error : 0;
}

static void is_refused(struct served *s, int fd, int error)
{
	const struct uffd_snapshot_part part = {.region = s->region};
	const struct uffd_snapshot_opts opts = {.size = sizeof(opts)};
	struct uffd_snapshot *snapshot = NO_HANDLE(struct uffd_snapshot);

	EXPECT(uffd_snapshot_start(&snapshot, &part, 1, fd, &opts), error);
	ck_assert_ptr_eq(snapshot, NO_HANDLE(struct uffd_snapshot));
	ck_assert_int_eq(lseek(fd, 0, SEEK_END), 0);
	/* Nobody tracks it: its protection is its user's. */
	EXPECT(uffd_writeprotect(s->region, 0, s->m.page, 0), 0);
	for (size_t n = 0; n < PAGES; n++)
		ck_assert(served_right(s, n));
}

static void without_a_pagemap(void)
{
	static const struct {
		int open, start;
	} errors[] = {
		{ENOENT, -EOPNOTSUPP}, {EACCES, -EOPNOTSUPP}, {EPERM, -EOPNOTSUPP},
		{EMFILE, -EMFILE},     {ENFILE, -ENFILE},     {ENOMEM, -ENOMEM},
	};
	int fd = snap_file();
	struct served s;

	snap_serve_anon(&s, PAGES);
	for (size_t n = 0; n < PAGES; n++)
		snap_fill(&s, n, (uint8_t)(n + 1));
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		open_error = errors[i].open;
		is_refused(&s, fd, errors[i].start);
	}
	open_error = 0;
	snap_take(s.region, fd, 0);
	snap_file_is(&s, fd, 0, "the next");
	close(fd);
	serve_end(&s);
}

TEST_MAIN(without_a_pagemap)
