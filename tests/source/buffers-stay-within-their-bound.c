/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * With buffer_bytes at its least, and far more asked for at once: what is being read never takes
 * more, stats.buffer_peak says so, and all that had to wait for room comes.
 */
#include "later.h"

#define BOUND   (UINT64_C(1) << 20)
#define PAGES   4096u
#define THREADS 8u

static struct later l;
static struct served s;
static _Atomic int wrong;

static void *run(void *arg)
{
	size_t id = (size_t)(uintptr_t)arg, n = PAGES / THREADS;

	for (size_t k = id * n; k < (id + 1) * n; k += 16) {
		if (id % 2 && uffd_demand(s.region, k * 4096, 16 * 4096, NULL))
			atomic_fetch_add(&wrong, 1);
		for (size_t p = k; p < k + 16; p++)
			if (!served_right(&s, p))
				atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

static void make(uint32_t backing, uint32_t modes, struct uffd_region_opts opts)
{
	struct uffd_ctx_opts ctx = {.size = sizeof(ctx), .buffer_bytes = BOUND};
	int ret;

	memset(&s, 0, sizeof(s));
	later_make(&l, PAGES * 4096, NULL);
	test_memory_make(&s.m, backing, PAGES);
	s.content = content_make(s.m.length);
	ret = uffd_ctx_open(&s.ctx, &ctx);
	if (ret == -EPERM || ret == -EACCES || ret == -ENOSYS)
		test_skip("no userfaultfd here: %s", strerror(-ret));
	ck_assert_int_eq(ret, 0);
	opts.source = l.source;
	s.region = serve_region(&s, &s.m, modes, opts);
	s.loop = serve_start(s.ctx, NULL);
}

static void end(void)
{
	ck_assert_uint_le(l.bytes_peak, BOUND);
	ck_assert_uint_le(stats_of(s.ctx).buffer_peak, BOUND);
	ck_assert_uint_gt(stats_of(s.ctx).buffer_peak, 0);
	ck_assert(later_none_twice(&l));
	serve_end(&s);
	later_free(&l);
}

/* Everything is asked for before anything is answered. */
static void all_at_once(void)
{
	static struct toucher t[64];

	make(LIBUFFD_BACKING_ANON, LIBUFFD_MISSING,
	     (struct uffd_region_opts){.fault_around = 262144});
	for (size_t k = 0; k < 64; k++)
		touch_start(&t[k], served_page(&s, k * 64 + k), false, 0);
	for (size_t k = 0; k < 64; k++)
		ck_assert(touch_asleep(&t[k]));
	WAIT_UNTIL(later_count(&l) == 4);
	ck_assert_uint_eq(l.bytes, BOUND);
	ck_assert_uint_eq(stats_of(s.ctx).buffer_peak, BOUND);
	later_start(&l, true);
	for (size_t k = 0; k < 64; k++)
		ck_assert_int_eq(touch_join(&t[k]), TOUCH_DONE);
	serve_settled(&s);
	later_stop(&l);
	ck_assert_int_eq(memcmp(s.m.at, s.content, s.m.length), 0);
	end();
}

static void by_many(uint32_t backing, uint32_t modes)
{
	struct uffd_prefetch *prefetch;
	pthread_t threads[THREADS];

	make(backing, modes, (struct uffd_region_opts){0});
	later_start(&l, false);
	for (size_t k = 0; k < THREADS; k++)
		ck_assert_int_eq(pthread_create(&threads[k], NULL, run, (void *)k), 0);
	ck_assert_int_eq(uffd_prefetch_start(&prefetch, s.region, NULL), 0);
	for (size_t k = 0; k < THREADS; k++)
		pthread_join(threads[k], NULL);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), 0);
	uffd_prefetch_close(prefetch);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	ck_assert_int_eq(memcmp(s.m.at, s.content, s.m.length), 0);
	serve_settled(&s);
	later_stop(&l);
	end();
}

static void buffers_stay_within_their_bound(void)
{
	all_at_once();
	by_many(LIBUFFD_BACKING_ANON, LIBUFFD_MISSING);
	by_many(LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING | LIBUFFD_MINOR);
}

TEST_MAIN(buffers_stay_within_their_bound)
