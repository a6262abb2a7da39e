/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The output's descriptor is closed, or made one that cannot be written, while the snapshot is
 * prepared or under way: it fails with what the kernel says, and nobody waits any more. A file that
 * is cut meanwhile grows again.
 */
#include "snap.h"

#define PAGES 4000u

static struct served s;

static void writers_go_on(void)
{
	for (size_t n = 0; n < PAGES; n++)
		*(volatile uint8_t *)served_page(&s, n) = (uint8_t)(n % 255 + 1);
}

static void is_closed(bool armed)
{
	int fd = snap_file(), spare = dup(fd);
	struct uffd_snapshot *snapshot = snap_start(s.region, fd, (struct uffd_snapshot_opts){0});

	/* Not the one that is free next: nobody opens another under its number meanwhile. */
	ck_assert_int_gt(spare, fd);
	if (armed)
		ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
	close(fd);
	if (!armed)
		ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
	writers_go_on();
	if (armed)
		ck_assert(snap_wait(snapshot) == -EBADF || snap_wait(snapshot) == 0);
	else
		ck_assert_int_eq(snap_wait(snapshot), -EBADF);
	ck_assert_int_eq(uffd_snapshot_close(snapshot), 0);
	close(spare);
}

static void becomes_another(void)
{
	int fd = snap_file(), pipe_fds[2];
	struct uffd_snapshot *snapshot = snap_start(s.region, fd, (struct uffd_snapshot_opts){0});

	ck_assert_int_eq(pipe2(pipe_fds, O_CLOEXEC), 0);
	ck_assert_int_eq(dup3(pipe_fds[1], fd, O_CLOEXEC), fd);
	ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
	writers_go_on();
	ck_assert_int_eq(snap_end(snapshot), -ESPIPE);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	close(fd);
}

static void is_cut(void)
{
	int fd = snap_file();
	struct uffd_snapshot *snapshot = snap_start(s.region, fd, (struct uffd_snapshot_opts){0});

	ck_assert_int_eq(ftruncate(fd, 0), 0);
	ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
	ck_assert_int_eq(snap_end(snapshot), 0);
	snap_file_is(&s, fd, 0, "cut");
	close(fd);
}

static void output_goes_away(void)
{
	snap_serve_anon(&s, PAGES);
	for (size_t n = 0; n < PAGES; n++)
		snap_fill(&s, n, (uint8_t)(n % 255 + 1));
	is_closed(false);
	is_closed(true);
	becomes_another();
	is_cut();
	serve_end(&s);
}

TEST_MAIN(output_goes_away)
