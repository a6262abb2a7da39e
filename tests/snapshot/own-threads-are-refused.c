/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The thread that dispatches may ask a snapshot, and cancel it, but not make one, arm it, wait for
 * it or close it; the write callback may not wait for it or close it either. Of one that is over
 * wait tells anybody.
 */
#include "out.h"

#define PAGES 600u

static struct served s;
static struct uffd_snapshot *under_way, *prepared, *over;
static struct uffd_region *third;
static int said[9];
static bool cancels;

static void ask(int *a)
{
	struct uffd_snapshot_progress p = {.size = sizeof(p)};
	struct timespec past = {.tv_sec = 1};

	a[0] = uffd_snapshot_wait(under_way, NULL);
	a[1] = uffd_snapshot_wait(under_way, &past);
	a[2] = uffd_snapshot_close(under_way);
	a[3] = uffd_snapshot_progress(under_way, &p);
	if (cancels)
		a[3] = uffd_snapshot_cancel(under_way);
}

static int dispatched(struct uffd_region *region, const struct uffd_extent *e, void *user)
{
	const struct uffd_snapshot_part part = {.region = third};
	const struct uffd_snapshot_opts opts = {.size = sizeof(opts), .write = out_write};
	struct uffd_snapshot *snapshot = NULL;

	ask(said);
	said[4] = uffd_snapshot_wait(prepared, NULL);
	said[5] = uffd_snapshot_arm(prepared);
	said[6] = uffd_snapshot_start(&snapshot, &part, 1, -1, &opts);
	said[7] = uffd_snapshot_wait(over, NULL);
	said[8] = uffd_snapshot_close(over);
	return (int)uffd_copy(region, e->offset, user, e->length, 0);
}

static struct uffd_region *add(struct test_memory *m, uffd_fault_fn fault)
{
	test_memory_make(m, LIBUFFD_BACKING_ANON, 1);
	return snap_region(
		s.ctx, m, false, fault ? LIBUFFD_MISSING : 0,
		(struct uffd_region_opts){.fault = fault, .user = fault ? s.content : NULL});
}

static void by_the_dispatching_thread(bool then_cancels)
{
	struct test_memory m[4];
	struct uffd_region *r[4];
	struct out o, small;

	for (int i = 0; i < 4; i++)
		r[i] = add(&m[i], i ? NULL : dispatched);
	third = r[3];
	cancels = then_cancels;
	out_make(&o, s.m.length, true);
	out_make(&small, 4096, false);
	prepared = snap_start(r[1], -1, out_opts(&small, 0));
	over = snap_begin(r[2], -1, out_opts(&small, 0));
	ck_assert_int_eq(snap_wait(over), 0);
	under_way = snap_begin(s.region, -1, out_opts(&o, 0));
	out_entered(&o);
	ck_assert_uint_eq(*(volatile uint8_t *)m[0].at, s.content[0]);
	ck_assert_int_eq(said[0], -EDEADLK);
	ck_assert_int_eq(said[1], -EDEADLK);
	ck_assert_int_eq(said[2], -EDEADLK);
	ck_assert_int_eq(said[3], 0);
	ck_assert(said[4] == -EDEADLK || said[4] == -EINPROGRESS);
	ck_assert_int_eq(said[5], -EDEADLK);
	ck_assert_int_eq(said[6], -EDEADLK);
	ck_assert_int_eq(said[7], 0);
	ck_assert_int_eq(said[8], -EDEADLK);
	out_shut(&o, false);
	ck_assert_int_eq(snap_end(under_way), cancels ? -ECANCELED : 0);
	ck_assert_int_eq(uffd_snapshot_close(over), 0);
	ck_assert_int_eq(uffd_snapshot_arm(prepared), 0);
	ck_assert_int_eq(snap_end(prepared), 0);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(uffd_region_remove(r[i], LIBUFFD_CLOSE_DROP), 0);
		test_memory_free(&m[i]);
	}
	out_free(&o);
	out_free(&small);
}

static _Atomic bool known;

static int64_t asks(void *user, const void *from, uint64_t length, uint64_t offset)
{
	(void)user;
	(void)from;
	(void)offset;
	while (!atomic_load(&known))
		sched_yield();
	ask(said);
	return (int64_t)length;
}

static void by_the_write_callback(bool then_cancels)
{
	cancels = then_cancels;
	atomic_store(&known, false);
	memset(said, 0, sizeof(said));
	under_way = snap_begin(s.region, -1, (struct uffd_snapshot_opts){.write = asks});
	atomic_store(&known, true);
	ck_assert_int_eq(snap_wait(under_way), cancels ? -ECANCELED : 0);
	ck_assert_int_eq(said[0], -EDEADLK);
	ck_assert_int_eq(said[1], -EDEADLK);
	ck_assert_int_eq(said[2], -EDEADLK);
	ck_assert_int_eq(said[3], 0);
	ck_assert_int_eq(uffd_snapshot_close(under_way), 0);
}

static void own_threads_are_refused(void)
{
	snap_serve_anon(&s, PAGES);
	for (size_t n = 0; n < PAGES; n++)
		snap_fill(&s, n, (uint8_t)(n % 255 + 1));
	by_the_dispatching_thread(false);
	by_the_dispatching_thread(true);
	by_the_write_callback(false);
	by_the_write_callback(true);
	serve_end(&s);
}

TEST_MAIN(own_threads_are_refused)
