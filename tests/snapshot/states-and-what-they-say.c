/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What arm, wait, cancel and progress say in each state of a snapshot; over is over, whatever is
 * asked of it then.
 */
#include "out.h"

#define PAGES 500u

static struct served s;
static struct timespec past = {.tv_sec = 1};

static void is(const struct uffd_snapshot *snapshot, uint32_t state, int error)
{
	struct uffd_snapshot_progress p = snap_progress(snapshot);

	ck_assert_uint_eq(p.state, state);
	ck_assert_int_eq(p.error, error);
}

/* Nothing changes it any more. */
static void is_over(struct uffd_snapshot *snapshot, uint32_t state, int said)
{
	int error = state == LIBUFFD_SNAPSHOT_FAILED ? said : 0;

	for (int i = 0; i < 2; i++) {
		is(snapshot, state, error);
		ck_assert_int_eq(uffd_snapshot_arm(snapshot), -EALREADY);
		ck_assert_int_eq(uffd_snapshot_wait(snapshot, NULL), said);
		ck_assert_int_eq(uffd_snapshot_wait(snapshot, &past), said);
		ck_assert_int_eq(uffd_snapshot_cancel(snapshot), 0);
	}
	ck_assert_int_eq(uffd_snapshot_close(snapshot), 0);
}

static struct uffd_snapshot *prepared(struct out *o)
{
	struct uffd_snapshot *snapshot;
	struct timespec soon = snap_soon(10);

	out_make(o, s.m.length, true);
	snapshot = snap_start(s.region, -1, out_opts(o, 0));
	is(snapshot, LIBUFFD_SNAPSHOT_PREPARED, 0);
	ck_assert_uint_eq(snap_progress(snapshot).bytes_done, 0);
	ck_assert_int_eq(uffd_snapshot_wait(snapshot, NULL), -EINPROGRESS);
	ck_assert_int_eq(uffd_snapshot_wait(snapshot, &past), -EINPROGRESS);
	ck_assert_int_eq(uffd_snapshot_wait(snapshot, &soon), -EINPROGRESS);
	return snapshot;
}

static struct uffd_snapshot *running(struct out *o)
{
	struct uffd_snapshot *snapshot = prepared(o);
	struct timespec soon;
	uint64_t began;

	ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
	out_entered(o);
	is(snapshot, LIBUFFD_SNAPSHOT_RUNNING, 0);
	ck_assert_int_eq(uffd_snapshot_arm(snapshot), -EALREADY);
	ck_assert_int_eq(uffd_snapshot_wait(snapshot, &past), -ETIMEDOUT);
	clock_gettime(CLOCK_MONOTONIC, &soon);
	soon.tv_nsec += 50000000;
	soon.tv_sec += soon.tv_nsec / 1000000000;
	soon.tv_nsec %= 1000000000;
	began = test_now();
	ck_assert_int_eq(uffd_snapshot_wait(snapshot, &soon), -ETIMEDOUT);
	ck_assert_uint_ge(test_now() - began, 45000000);
	return snapshot;
}

static void *wait_for_it(void *arg)
{
	return (void *)(intptr_t)uffd_snapshot_wait(arg, NULL);
}

/* Whoever waits is told. */
static void tells_all(int error)
{
	struct uffd_snapshot *snapshot;
	pthread_t threads[3];
	struct out o;

	snapshot = running(&o);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, wait_for_it, snapshot), 0);
	snap_idle();
	out_answer(&o, error);
	out_shut(&o, false);
	for (size_t i = 0; i < 3; i++) {
		void *told;

		pthread_join(threads[i], &told);
		ck_assert_int_eq((intptr_t)told, error);
	}
	ck_assert_int_eq(uffd_snapshot_close(snapshot), 0);
	out_free(&o);
}

static void ends_well(void)
{
	struct uffd_snapshot *snapshot;
	struct out o;

	snapshot = running(&o);
	out_shut(&o, false);
	ck_assert_int_eq(uffd_snapshot_wait(snapshot, NULL), 0);
	is_over(snapshot, LIBUFFD_SNAPSHOT_DONE, 0);
	out_free(&o);
}

static void fails(int error)
{
	struct uffd_snapshot *snapshot;
	struct out o;

	snapshot = running(&o);
	out_answer(&o, error);
	out_shut(&o, false);
	ck_assert_int_eq(uffd_snapshot_wait(snapshot, NULL), error);
	is_over(snapshot, LIBUFFD_SNAPSHOT_FAILED, error);
	out_free(&o);
}

static void is_cancelled(bool armed)
{
	struct uffd_snapshot *snapshot;
	struct out o;

	snapshot = armed ? running(&o) : prepared(&o);
	ck_assert_int_eq(uffd_snapshot_cancel(snapshot), 0);
	ck_assert_int_eq(uffd_snapshot_arm(snapshot), -EALREADY);
	out_shut(&o, false);
	ck_assert_int_eq(uffd_snapshot_wait(snapshot, NULL), -ECANCELED);
	is_over(snapshot, LIBUFFD_SNAPSHOT_CANCELLED, -ECANCELED);
	if (!armed)
		ck_assert_uint_eq(o.calls, 0);
	out_free(&o);
}

static void states_and_what_they_say(void)
{
	snap_serve_anon(&s, PAGES);
	memset(s.m.at, 1, s.m.length);
	ends_well();
	fails(-EIO);
	fails(-ECANCELED);
	is_cancelled(false);
	is_cancelled(true);
	tells_all(0);
	tells_all(-EIO);
	serve_end(&s);
}

TEST_MAIN(states_and_what_they_say)
