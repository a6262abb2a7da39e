/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A snapshot is cancelled by another thread, or closed, at any time from start on, while threads
 * write, and the region is snapshot again at once: wait says so or that it is whole, and then it
 * is; the next one is whole; nobody hangs, and no thread is left.
 */
#include "out.h"
#include "walk.h"

#define PAGES   400u
#define WALKERS 2u

static struct served s;
static struct walk w[WALKERS];

struct canceller {
	struct uffd_snapshot *snapshot;
	uint32_t seed;
};

static void *cancel(void *arg)
{
	struct canceller *c = arg;

	for (uint32_t n = c->seed % 8; n; n--)
		walk_dither(&c->seed);
	return (void *)(intptr_t)uffd_snapshot_cancel(c->snapshot);
}

static void is_right(int ret, int fd, struct out *o)
{
	ck_assert_msg(ret == 0 || ret == -ECANCELED, "%d", ret);
	for (size_t i = 0; ret == 0 && i < WALKERS; i++)
		walk_is_of_an_instant(&w[i], fd, o ? o->image : NULL, "cancelled too late");
}

static void by_another_thread(uint32_t seed, int fd)
{
	struct canceller c = {.seed = seed};
	pthread_t thread;
	void *said;
	int ret;

	c.snapshot = snap_start(s.region, fd, (struct uffd_snapshot_opts){0});
	ck_assert_int_eq(pthread_create(&thread, NULL, cancel, &c), 0);
	ret = uffd_snapshot_arm(c.snapshot);
	ck_assert_msg(ret == 0 || ret == -EALREADY, "arm: %d", ret);
	ret = snap_wait(c.snapshot);
	is_right(ret, fd, NULL);
	/* At once: it is over. */
	if (seed & 256)
		snap_take(s.region, fd, 0);
	pthread_join(thread, &said);
	ck_assert_ptr_null(said);
	ck_assert_int_eq(uffd_snapshot_close(c.snapshot), 0);
}

static void by_close(uint32_t seed, int fd)
{
	struct uffd_snapshot *snapshot;

	snapshot = snap_start(s.region, fd, (struct uffd_snapshot_opts){0});
	walk_dither(&seed);
	if (seed & 512)
		ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
	if (seed & 1024)
		walk_dither(&seed);
	ck_assert_int_eq(uffd_snapshot_close(snapshot), 0);
}

static void while_the_output_blocks(uint32_t seed)
{
	struct canceller c = {.seed = seed};
	struct out o;

	out_make(&o, s.m.length, true);
	c.snapshot = snap_begin(s.region, -1, out_opts(&o, SNAP_LEAST));
	out_entered(&o);
	ck_assert_ptr_null(cancel(&c));
	/* Nobody waits, though the callback has not returned. */
	for (size_t i = 0; i < WALKERS; i++) {
		uint64_t rounds = atomic_load(&w[i].rounds);

		WAIT_UNTIL(atomic_load(&w[i].rounds) > rounds + 1);
	}
	out_shut(&o, false);
	ck_assert_int_eq(snap_wait(c.snapshot), -ECANCELED);
	ck_assert_uint_eq(o.calls, 1);
	ck_assert_int_eq(uffd_snapshot_close(c.snapshot), 0);
	out_free(&o);
}

static void cancel_at_every_stage(void)
{
	uint64_t until = test_now() + snap_seconds() * UINT64_C(1000000000);
	unsigned int threads;
	int fd = snap_file();
	uint32_t seed = 1;

	snap_serve_anon(&s, PAGES);
	for (size_t i = 0; i < WALKERS; i++) {
		walk_make(&w[i], 2 * PAGES);
		walk_add(&w[i], &s, i, WALKERS, 0);
		walk_start(&w[i]);
	}
	threads = snap_threads();
	while (test_now() < until) {
		for (int i = 0; i < 20; i++) {
			seed = seed * 1664525u + 1013904223u;
			by_another_thread(seed >> 8, fd);
			by_close(seed >> 8, fd);
		}
		while_the_output_blocks(seed >> 8);
		snap_take(s.region, fd, 0);
		is_right(0, fd, NULL);
		WAIT_UNTIL(snap_threads() == threads);
	}
	for (size_t i = 0; i < WALKERS; i++)
		walk_end(&w[i]);
	close(fd);
	serve_end(&s);
}

TEST_MAIN(cancel_at_every_stage)
