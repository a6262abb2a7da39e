/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The loop is closed and another one opened at any stage of a snapshot, while threads write:
 * whoever waits meanwhile goes on with the next loop, and the snapshot is of one instant.
 */
#include "walk.h"

#define PAGES   300u
#define WALKERS 2u

static struct served s;
static int file;

static void another_loop(void)
{
	ck_assert_int_eq(uffd_loop_close(s.loop), 0);
	s.loop = serve_start(s.ctx, NULL);
}

static void without_a_loop(int (*call)(struct uffd_snapshot *), struct uffd_snapshot *snapshot)
{
	ck_assert_int_eq(uffd_loop_close(s.loop), 0);
	ck_assert_int_eq(call(snapshot), 0);
	s.loop = serve_start(s.ctx, NULL);
}

static int waits(struct uffd_snapshot *snapshot)
{
	return snap_wait(snapshot);
}

static void once(unsigned int stage, uint32_t *seed, const struct walk *w)
{
	const struct uffd_snapshot_part part = {.region = s.region};
	struct uffd_snapshot *snapshot;

	if (stage == 0)
		ck_assert_int_eq(uffd_loop_close(s.loop), 0);
	ck_assert_int_eq(uffd_snapshot_start(&snapshot, &part, 1, file, NULL), 0);
	if (stage == 0)
		s.loop = serve_start(s.ctx, NULL);
	walk_dither(seed);
	if (stage == 1)
		another_loop();
	if (stage == 2)
		without_a_loop(uffd_snapshot_arm, snapshot);
	else
		ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
	if (stage == 3)
		another_loop();
	if (stage == 4)
		without_a_loop(waits, snapshot);
	ck_assert_int_eq(snap_wait(snapshot), 0);
	for (size_t i = 0; i < WALKERS; i++)
		walk_is_of_an_instant(&w[i], file, NULL, "loops");
	if (stage == 5)
		without_a_loop(uffd_snapshot_close, snapshot);
	else
		ck_assert_int_eq(uffd_snapshot_close(snapshot), 0);
}

static void loop_stops_and_starts_again(void)
{
	uint64_t until = test_now() + snap_seconds() * UINT64_C(1000000000);
	static struct walk w[WALKERS];
	uint32_t seed = 1;

	snap_serve_anon(&s, PAGES);
	file = snap_file();
	for (size_t i = 0; i < WALKERS; i++) {
		walk_make(&w[i], 2 * PAGES);
		walk_add(&w[i], &s, i, WALKERS, 0);
		walk_start(&w[i]);
	}
	for (unsigned int stage = 0; test_now() < until; stage++)
		once(stage % 6, &seed, w);
	for (size_t i = 0; i < WALKERS; i++)
		walk_end(&w[i]);
	close(file);
	serve_end(&s);
}

TEST_MAIN(loop_stops_and_starts_again)
