/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Never, for a fixed time, adaptive: a loop serves with every spin option, and counts what its
 * spins met.
 */
#include "serve.h"

#define PAGES 400u
#define LATE  100u

static bool one_cpu;

static struct uffd_stats served_with(int64_t spin_ns, uint64_t features)
{
	struct uffd_loop_opts opts = serve_loop_opts();
	struct served s;
	struct uffd_stats stats;

	serve(&s, LIBUFFD_BACKING_ANON, PAGES + LATE, features, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault_around = 4096});
	opts.spin_ns = spin_ns;
	s.loop = serve_start(s.ctx, &opts);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert(served_right(&s, k));
	/* Where the next fault is not there already the loop spins, and meets it or not. */
	for (size_t k = PAGES; k < PAGES + LATE && !one_cpu && spin_ns != LIBUFFD_SPIN_NEVER; k++) {
		uint64_t until = test_now() + 200000;

		while (test_now() < until)
			sched_yield();
		stats = stats_of(s.ctx);
		if (stats.spins_hit + stats.spins_missed > 0)
			break;
		ck_assert(served_right(&s, k));
	}
	ck_assert_int_eq(uffd_loop_close(s.loop), 0);
	s.loop = NULL;
	stats = stats_of(s.ctx);
	serve_end(&s);
	return stats;
}

static void spin_options_all_serve(void)
{
	static const uint64_t features[] = {0, UFFD_FEATURE_EVENT_REMOVE};

	one_cpu = sysconf(_SC_NPROCESSORS_ONLN) == 1;
	for (size_t i = 0; i < 2; i++) {
		struct uffd_stats stats = served_with(LIBUFFD_SPIN_NEVER, features[i]);

		ck_assert_uint_eq(stats.spins_hit + stats.spins_missed, 0);
		ck_assert_uint_gt(stats.sleeps, 0);
		stats = served_with(20000, features[i]);
		ck_assert(one_cpu || stats.spins_hit + stats.spins_missed > 0);
		/* An hour: no spin ends without a fault. */
		stats = served_with(INT64_C(3600000000000), features[i]);
		ck_assert(one_cpu || stats.spins_hit > 0);
		ck_assert_uint_le(stats.spins_missed, 1);
		stats = served_with(LIBUFFD_SPIN_ADAPTIVE, features[i]);
		ck_assert(one_cpu || stats.spins_hit + stats.spins_missed > 0);
	}
}

TEST_MAIN(spin_options_all_serve)
