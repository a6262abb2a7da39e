/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * ASYNC needs /proc/self/pagemap and its PAGEMAP_SCAN: without either it is refused and leaves
 * nothing behind. SYNC does without.
 */
#include "tracked.h"
#include "wrapped_open.h"

int64_t __wrap_uffd_raw_pagemap_scan(int fd, void *arg);
int64_t __real_uffd_raw_pagemap_scan(int fd, void *arg);

#define PAGES 4u

static int open_error;
static int64_t scan_error;

static int open_fails(const char *path)
{
	return strstr(path, "pagemap") ? open_error : 0;
}

int64_t __wrap_uffd_raw_pagemap_scan(int fd, void *arg)
{
	return scan_error ? scan_error : __real_uffd_raw_pagemap_scan(fd, arg);
}

static void async_is_refused(struct tracked *t, int error)
{
	const struct uffd_dirty_opts opts = {.size = sizeof(opts), .method = LIBUFFD_DIRTY_ASYNC};

	ck_assert_int_eq(uffd_dirty_start(&t->dirty, t->s.region, &opts), error);
	ck_assert_int_eq(uffd_dirty_start(&t->dirty, t->s.region, NULL), error);
	ck_assert_int_eq(uffd_writeprotect(t->s.region, 0, t->s.m.page, 0), 0);
}

static void async(const struct track_kind *kind)
{
	static const int open_errors[] = {ENOENT, EACCES, EPERM, EMFILE, ENFILE, ENOMEM};
	static const int64_t scan_errors[] = {-ENOTTY, -EINVAL};
	struct tracked t;

	track_serve(&t, LIBUFFD_DIRTY_ASYNC, kind, PAGES, 0, 0, (struct uffd_region_opts){0});
	for (size_t i = 0; i < sizeof(open_errors) / sizeof(open_errors[0]); i++) {
		open_error = open_errors[i];
		/* Out of descriptors, or memory, it can be tried again; else it cannot be had. */
		async_is_refused(&t, i < 3 ? -EOPNOTSUPP : -open_error);
		open_error = 0;
	}
	/* Huge pages are asked about one by one, by what older kernels have, too. */
	for (size_t i = 0; !track_is_huge(kind) && i < 2; i++) {
		scan_error = scan_errors[i];
		async_is_refused(&t, -EOPNOTSUPP);
		scan_error = 0;
	}
	track_start(&t);
	track_write(&t, 2);
	EXPECT_DIRTY(&t, "2");
	track_end(&t);
}

static void sync_does_without(const struct track_kind *kind)
{
	struct tracked t;

	track_serve(&t, LIBUFFD_DIRTY_SYNC, kind, PAGES, 0, 0, (struct uffd_region_opts){0});
	track_write(&t, 1);
	for (int i = 0; i < 2; i++) {
		open_error = i ? 0 : ENOENT;
		scan_error = i ? -ENOTTY : 0;
		track_start(&t);
		track_write(&t, 2);
		EXPECT_DIRTY(&t, "2");
		EXPECT_DIRTY(&t, "");
		track_stop(&t);
		open_error = 0;
		scan_error = 0;
	}
	track_end(&t);
}

/*
 * Nobody can be asked whether a page lost its protection with its content: what the library was
 * told has to do.
 */
static void told_of_discards(const struct track_kind *kind)
{
	struct tracked t;

	track_serve(&t, LIBUFFD_DIRTY_SYNC, kind, PAGES, 0, LIBUFFD_CTX_DISCARDS,
		    (struct uffd_region_opts){0});
	for (size_t k = 0; k < PAGES; k++)
		track_write(&t, k);
	open_error = ENOENT;
	track_start(&t);
	ck_assert_int_eq(uffd_discard(t.s.region, t.s.m.page, t.s.m.page), 0);
	EXPECT_DIRTY(&t, "1");
	ck_assert_int_eq(madvise(served_page(&t.s, 1), t.s.m.page, MADV_DONTNEED), 0);
	EXPECT_DIRTY(&t, "1");
	EXPECT_DIRTY(&t, "");
	track_write(&t, 1);
	EXPECT_DIRTY(&t, "1");
	EXPECT_DIRTY(&t, "");

	ck_assert_int_eq(uffd_discard(t.s.region, 3 * t.s.m.page, t.s.m.page), 0);
	ck_assert_int_eq(madvise(served_page(&t.s, 3), t.s.m.page, MADV_DONTNEED), 0);
	EXPECT_DIRTY(&t, "3");
	track_write(&t, 3);
	EXPECT_DIRTY(&t, "3");
	track_write(&t, 3);
	EXPECT_DIRTY(&t, "3");
	EXPECT_DIRTY(&t, "");

	ck_assert_int_eq(madvise(served_page(&t.s, 2), t.s.m.page, MADV_DONTNEED), 0);
	ck_assert_int_eq(uffd_dirty_mark(t.dirty, 2 * t.s.m.page, t.s.m.page), 0);
	EXPECT_DIRTY(&t, "2");
	track_write(&t, 2);
	EXPECT_DIRTY(&t, "2");
	EXPECT_DIRTY(&t, "");
	open_error = 0;
	track_end(&t);
}

static void without_a_pagemap(void)
{
	for (size_t k = 0; k < TRACK_KINDS; k++) {
		if (!track_has_memory(&track_kinds[k], PAGES))
			continue;
		async(&track_kinds[k]);
		sync_does_without(&track_kinds[k]);
	}
	told_of_discards(&track_kinds[0]);
}

TEST_MAIN(without_a_pagemap)
