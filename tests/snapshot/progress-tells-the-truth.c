/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Progress, asked all the time by several threads while a snapshot is taken, fails or is cancelled:
 * no count goes back, none is larger than what it is a part of, an error is told with FAILED only,
 * and in the end all adds up.
 */
#include "out.h"
#include "walk.h"

#define PAGES  2000u
#define ASKERS 2u

static struct served s;
static struct uffd_snapshot *_Atomic current;
static _Atomic unsigned int asking;
static _Atomic bool ending;
static _Atomic int wrong; /* a line */

#define NOTE(condition) ((condition) ? (void)0 : atomic_store(&wrong, __LINE__))

static void compare(const struct uffd_snapshot_progress *a, const struct uffd_snapshot_progress *b)
{
	NOTE(b->state >= a->state);
	NOTE(b->bytes_done >= a->bytes_done);
	NOTE(b->bytes_written >= a->bytes_written);
	NOTE(b->bytes_waited >= a->bytes_waited);
	NOTE(b->bytes_written <= b->bytes_done);
	NOTE(b->bytes_done <= b->bytes_total || b->state == LIBUFFD_SNAPSHOT_PREPARED);
	NOTE(b->bytes_waited <= b->bytes_total);
	NOTE((b->state == LIBUFFD_SNAPSHOT_FAILED) == (b->error != 0));
	NOTE(b->state != LIBUFFD_SNAPSHOT_DONE || b->bytes_done == b->bytes_total);
	NOTE(b->state != LIBUFFD_SNAPSHOT_RUNNING || b->bytes_total == PAGES * 4096);
}

static void *ask(void *arg)
{
	(void)arg;
	while (!atomic_load(&ending)) {
		struct uffd_snapshot_progress before = {0}, now = {.size = sizeof(now)};
		struct uffd_snapshot *snapshot;

		atomic_fetch_add(&asking, 1);
		snapshot = atomic_load(&current);
		while (snapshot && atomic_load(&current) == snapshot) {
			NOTE(uffd_snapshot_progress(snapshot, &now) == 0);
			compare(&before, &now);
			before = now;
		}
		atomic_fetch_sub(&asking, 1);
		sched_yield();
	}
	return NULL;
}

static int64_t write_some(void *user, const void *from, uint64_t length, uint64_t offset)
{
	_Atomic int *left = user;

	(void)from;
	(void)offset;
	return atomic_fetch_sub(left, 1) > 0 ? (int64_t)length : -EDQUOT;
}

static void once(uint32_t *seed, int calls, bool cancels)
{
	_Atomic int left = calls;
	struct uffd_snapshot *snapshot;
	int ret;

	snapshot =
		snap_start(s.region, -1,
			   (struct uffd_snapshot_opts){
				   .write = write_some, .user = &left, .buffer_bytes = SNAP_LEAST});
	atomic_store(&current, snapshot);
	walk_dither(seed);
	ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
	walk_dither(seed);
	if (cancels)
		ck_assert_int_eq(uffd_snapshot_cancel(snapshot), 0);
	ret = snap_wait(snapshot);
	ck_assert(ret == 0 || ret == (cancels ? -ECANCELED : -EDQUOT));
	atomic_store(&current, NULL);
	WAIT_UNTIL(atomic_load(&asking) == 0);
	ck_assert_int_eq(uffd_snapshot_close(snapshot), 0);
	ck_assert_msg(!atomic_load(&wrong), "line %d", atomic_load(&wrong));
}

static void progress_tells_the_truth(void)
{
	uint64_t until = test_now() + snap_seconds() * UINT64_C(1000000000);
	pthread_t askers[ASKERS];
	static struct walk w;
	uint32_t seed = 1;

	snap_serve_anon(&s, PAGES);
	memset(s.m.at, 1, s.m.length / 2);
	walk_make(&w, PAGES);
	walk_add(&w, &s, 0, 5, 0);
	walk_start(&w);
	for (size_t i = 0; i < ASKERS; i++)
		ck_assert_int_eq(pthread_create(&askers[i], NULL, ask, NULL), 0);
	while (test_now() < until) {
		once(&seed, INT32_MAX, false);
		once(&seed, 3, false);
		once(&seed, INT32_MAX, true);
	}
	atomic_store(&ending, true);
	for (size_t i = 0; i < ASKERS; i++)
		pthread_join(askers[i], NULL);
	walk_end(&w);
	serve_end(&s);
}

TEST_MAIN(progress_tells_the_truth)
