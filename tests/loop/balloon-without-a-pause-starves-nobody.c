/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A thread that throws pages away without a pause shares one CPU with the loop. Between two of its
 * calls the mapping holds still only while it runs, so who just yields to it meets it changing each
 * time: faults took most of a second each. They are served all the same, and nothing is given up.
 */
#include "serve.h"

#define PAGES   2048u
#define TOUCHES 64u
#define LIMIT   (UINT64_C(30) * 1000 * 1000 * 1000)

static struct served s;
static _Atomic bool enough;

static void *balloon(void *arg)
{
	uint32_t at = 1;

	(void)arg;
	while (!atomic_load(&enough)) {
		at = at * 1664525 + 1013904223;
		madvise((uint8_t *)s.m.at + (size_t)(at >> 8) % (PAGES / 2) * s.m.page, s.m.page,
			MADV_DONTNEED);
	}
	return NULL;
}

static void balloon_without_a_pause_starves_nobody(void)
{
	cpu_set_t one;
	pthread_t thread;
	uint64_t start;

	/* Before the loop's thread is made, which inherits it. */
	ck_assert_int_eq(sched_getaffinity(0, sizeof(one), &one), 0);
	for (int cpu = 0, seen = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &one) && seen++)
			CPU_CLR(cpu, &one);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(one), &one), 0);

	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_EVENT_REMOVE, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault_around = (uint64_t)sysconf(_SC_PAGESIZE)});
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(pthread_create(&thread, NULL, balloon, NULL), 0);
	start = test_now();
	for (unsigned int i = 0; i < TOUCHES && test_now() - start < LIMIT; i++)
		ck_assert(served_right(&s, PAGES / 2 + i * (PAGES / 2 / TOUCHES)));
	start = test_now() - start;
	atomic_store(&enough, true);
	pthread_join(thread, NULL);
	ck_assert_msg(start < LIMIT, "%u touches took %llu ms", TOUCHES,
		      (unsigned long long)(start / 1000000));
	serve_end(&s);
}

TEST_MAIN(balloon_without_a_pause_starves_nobody)
