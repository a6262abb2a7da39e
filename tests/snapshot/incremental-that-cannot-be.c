/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What an incremental snapshot is refused for: a region that is not tracked, or by the kernel only;
 * a file that has data there, whichever it is, or that cannot keep a page without its neighbours.
 * Nothing is lost by it.
 */
#include "../support/place.h"
#include "tracked.h"

#define PAGES 100u

static struct served s;

static void refuses(int fd, uint64_t offset, int error)
{
	const struct uffd_snapshot_part part = {s.region, offset};
	struct uffd_snapshot_opts o = {.size = sizeof(o), .flags = LIBUFFD_SNAPSHOT_INCREMENTAL};
	struct uffd_snapshot *snapshot = NULL;
	int ret = uffd_snapshot_start(&snapshot, &part, 1, fd, &o);

	ck_assert_msg(ret == error, "%d, expected %d", ret, error);
	ck_assert_ptr_null(snapshot);
}

static void of_files(void)
{
	const struct uffd_snapshot_opts opts = {.flags = LIBUFFD_SNAPSHOT_INCREMENTAL};
	const struct uffd_snapshot_part behind = {s.region, (uint64_t)200 * 4096};
	struct uffd_snapshot *snapshot;
	int fd = snap_file();

	ck_assert_int_eq(ftruncate(fd, (off_t)1000 * 4096), 0);
	ck_assert_int_eq(pwrite(fd, "x", 1, 199 * 4096), 1);
	refuses(fd, (uint64_t)100 * 4096, -EEXIST);
	refuses(fd, (uint64_t)199 * 4096, -EEXIST);
	ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), 0);
	/* Before and behind it there is nothing. */
	snap_fill(&s, 5, 0x55);
	snapshot = snap_start_parts(&behind, 1, fd, opts);
	ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
	ck_assert_int_eq(snap_end(snapshot), 0);
	ck_assert(snap_has_data(fd, 205 * 4096, 4096) && !snap_has_data(fd, 206 * 4096, 94 * 4096));
	refuses(fd, (uint64_t)200 * 4096, -EEXIST);
	close(fd);
}

static void of_large_blocks(void)
{
	const char *const options[] = {"huge", "always", NULL};
	struct place p;
	int fd;

	place_make_on(&p, "tmpfs", options);
	fd = open(p.path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	refuses(fd, 0, -EOPNOTSUPP);
	snap_take(s.region, fd, 0);
	snap_file_is(&s, fd, 0, "full");
	close(fd);
	place_end(&p);
}

static void of_tracking(void)
{
	struct uffd_snapshot *snapshot = NULL;
	struct uffd_snapshot_part part = {0};
	struct served a = {0};
	struct uffd_dirty *d;
	int fd = snap_file();

	refuses(fd, 0, -ENOTCONN);
	test_memory_make(&a.m, LIBUFFD_BACKING_ANON, PAGES);
	a.ctx = serve_ctx(SNAP_WP | UFFD_FEATURE_WP_ASYNC);
	a.region = snap_region(a.ctx, &a.m, false, 0, (struct uffd_region_opts){0});
	ck_assert_int_eq(uffd_dirty_start(&d, a.region, NULL), 0);
	ck_assert_int_eq(uffd_dirty_method(d), LIBUFFD_DIRTY_ASYNC);
	part.region = a.region;
	ck_assert_int_eq(uffd_snapshot_start(&snapshot, &part, 1, fd, NULL), -EOPNOTSUPP);
	ck_assert_int_eq(uffd_dirty_stop(d), 0);
	ck_assert_int_eq(uffd_ctx_close(a.ctx, LIBUFFD_CLOSE_REFUSE), 0);
	test_memory_free(&a.m);
	close(fd);
}

static void incremental_that_cannot_be(void)
{
	bool is_dirty[TRACKED_MOST];
	struct uffd_dirty *d;
	int fd;

	snap_serve_anon(&s, PAGES);
	of_tracking();
	d = track(s.region);
	of_files();
	snap_fill(&s, 7, 0x77);
	fd = snap_file();
	ck_assert_int_eq(pwrite(fd, "x", 1, 0), 1);
	refuses(fd, 0, -EEXIST);
	close(fd);
	ck_assert_uint_eq(collect(d, &s, is_dirty), 1);
	ck_assert(is_dirty[7]);
	of_large_blocks();
	ck_assert_int_eq(uffd_dirty_stop(d), 0);
	serve_end(&s);
}

TEST_MAIN(incremental_that_cannot_be)
