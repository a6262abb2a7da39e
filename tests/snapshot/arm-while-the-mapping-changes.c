/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * While a thread is in madvise() and nobody reads of it, nothing can be protected: start says
 * EAGAIN after a second and leaves nothing behind; so does arm, and then nothing has happened:
 * writers go on, and it can be armed again.
 */
#include "snap.h"

#define PAGES 200u

static struct served s;

/* Leaves a madvise() of page 0 that waits for its event to be read. */
static void begin_to_change(struct call *c)
{
	ck_assert_int_eq(uffd_loop_close(s.loop), 0);
	memset(c, 0, sizeof(*c));
	call_madvise(c, s.m.at, 4096, MADV_DONTNEED);
	ck_assert(call_asleep(c));
}

static void end_changing(struct call *c)
{
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(call_join(c), 0);
	memset(s.content, 0, 4096);
}

static void start_says_so(int fd)
{
	const struct uffd_snapshot_part part = {.region = s.region};
	struct uffd_snapshot *snapshot = NULL;
	struct uffd_dirty *dirty;
	struct call c;

	begin_to_change(&c);
	ck_assert_int_eq(uffd_snapshot_start(&snapshot, &part, 1, fd, NULL), -EAGAIN);
	ck_assert_ptr_null(snapshot);
	end_changing(&c);
	for (size_t n = 1; n < PAGES; n++)
		snap_fill(&s, n, (uint8_t)(n + 1));
	ck_assert_int_eq(uffd_dirty_start(&dirty, s.region, NULL), 0);
	ck_assert_int_eq(uffd_dirty_stop(dirty), 0);
}

static void arm_says_so(int fd)
{
	struct uffd_snapshot *snapshot = snap_start(s.region, fd, (struct uffd_snapshot_opts){0});
	struct call c;

	for (size_t n = 0; n < PAGES; n += 2)
		snap_fill(&s, n, (uint8_t)(n + 2));
	begin_to_change(&c);
	ck_assert_int_eq(uffd_snapshot_arm(snapshot), -EAGAIN);
	ck_assert_int_eq(uffd_snapshot_wait(snapshot, NULL), -EINPROGRESS);
	ck_assert_uint_eq(snap_progress(snapshot).state, LIBUFFD_SNAPSHOT_PREPARED);
	end_changing(&c);
	for (size_t n = 1; n < PAGES; n++)
		snap_fill(&s, n, (uint8_t)(n + 3));
	ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
	ck_assert_int_eq(snap_end(snapshot), 0);
	snap_file_is(&s, fd, 0, "armed again");
}

static void arm_while_the_mapping_changes(void)
{
	int fd = snap_file();

	snap_serve(&s, &kinds[0], PAGES, UFFD_FEATURE_EVENT_REMOVE, 0);
	for (size_t n = 0; n < PAGES; n++)
		snap_fill(&s, n, (uint8_t)(n + 1));
	start_says_so(fd);
	arm_says_so(fd);
	close(fd);
	serve_end(&s);
}

TEST_MAIN(arm_while_the_mapping_changes)
