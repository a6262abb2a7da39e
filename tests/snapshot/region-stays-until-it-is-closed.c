/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A region with a snapshot, be that prepared, running, done, failed or cancelled, cannot be removed
 * before it is closed, nor can its context be closed or handed over. While it is under way nobody
 * else tracks the region or protects its pages.
 */
#include "out.h"

#define PAGES 600u

static void stays(struct served *s)
{
	int fd = -1;

	ck_assert_int_eq(uffd_region_remove(s->region, LIBUFFD_CLOSE_DROP), -EBUSY);
	ck_assert_int_eq(uffd_region_remove(s->region, LIBUFFD_CLOSE_REFUSE), -EBUSY);
	ck_assert_int_eq(uffd_loop_close(s->loop), 0);
	ck_assert_int_eq(uffd_ctx_close(s->ctx, LIBUFFD_CLOSE_DROP), -EBUSY);
	ck_assert_int_eq(uffd_ctx_release(s->ctx, &fd), -EBUSY);
	ck_assert_int_eq(fd, -1);
	s->loop = serve_start(s->ctx, NULL);
}

static void is_alone(struct served *s)
{
	const struct uffd_snapshot_part part = {.region = s->region};
	struct uffd_snapshot *second = NULL;
	struct uffd_dirty *dirty = NULL;
	int fd = snap_file();

	ck_assert_int_eq(uffd_snapshot_start(&second, &part, 1, fd, NULL), -EBUSY);
	ck_assert_int_eq(uffd_dirty_start(&dirty, s->region, NULL), -EBUSY);
	ck_assert_int_eq(uffd_writeprotect(s->region, 0, 4096, 0), -EBUSY);
	ck_assert_int_eq(uffd_writeprotect(s->region, 0, 4096, 1), -EBUSY);
	ck_assert_ptr_null(second);
	ck_assert_ptr_null(dirty);
	close(fd);
}

/* When it is over others may, and that is all that it leaves. */
static void is_free(struct served *s)
{
	struct uffd_dirty *dirty;
	int fd = snap_file();

	ck_assert_int_eq(uffd_writeprotect(s->region, 0, 4096, 1), 0);
	ck_assert_int_eq(uffd_writeprotect(s->region, 0, 4096, 0), 0);
	ck_assert_int_eq(uffd_dirty_start(&dirty, s->region, NULL), 0);
	ck_assert_int_eq(uffd_dirty_stop(dirty), 0);
	snap_take(s->region, fd, 0);
	snap_file_is(s, fd, 0, "the next");
	close(fd);
}

static void goes_by(struct served *s, int error)
{
	struct uffd_snapshot *snapshot;
	struct out o;

	out_make(&o, s->m.length, true);
	snapshot = snap_start(s->region, -1, out_opts(&o, SNAP_LEAST));
	is_alone(s);
	stays(s);
	ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
	out_entered(&o);
	is_alone(s);
	stays(s);
	if (error == -ECANCELED)
		ck_assert_int_eq(uffd_snapshot_cancel(snapshot), 0);
	else
		out_answer(&o, error);
	out_shut(&o, false);
	ck_assert_int_eq(snap_wait(snapshot), error);
	stays(s);
	is_free(s);
	stays(s);
	ck_assert_int_eq(uffd_snapshot_close(snapshot), 0);
	out_free(&o);
}

static void of_a_tracked_region(struct served *s)
{
	struct uffd_snapshot *snapshot;
	struct uffd_dirty *dirty;
	int fd = snap_file();

	ck_assert_int_eq(uffd_dirty_start(&dirty, s->region, NULL), 0);
	snapshot = snap_start(s->region, fd, (struct uffd_snapshot_opts){0});
	ck_assert_int_eq(uffd_dirty_stop(dirty), -EBUSY);
	ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
	ck_assert_int_eq(snap_wait(snapshot), 0);
	ck_assert_int_eq(uffd_dirty_stop(dirty), 0);
	ck_assert_int_eq(uffd_region_remove(s->region, LIBUFFD_CLOSE_DROP), -EBUSY);
	ck_assert_int_eq(uffd_snapshot_close(snapshot), 0);
	close(fd);
}

static void region_stays_until_it_is_closed(void)
{
	struct served s;

	snap_serve_anon(&s, PAGES);
	for (size_t n = 0; n < PAGES; n++)
		snap_fill(&s, n, (uint8_t)(n % 250 + 1));
	goes_by(&s, 0);
	goes_by(&s, -ENOSPC);
	goes_by(&s, -ECANCELED);
	of_a_tracked_region(&s);
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_REFUSE), 0);
	serve_end(&s);
}

TEST_MAIN(region_stays_until_it_is_closed)
