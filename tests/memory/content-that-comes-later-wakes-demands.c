/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A callback may take an extent and let other threads complete it later, in any order and in
 * pieces: no demand that sleeps for it is forgotten.
 */
#include "claims.h"

#define PAGES    192
#define DEMANDS  3
#define WORKERS  2
#define ROUNDS   8
#define MAX_WORK 1024

static struct served s;
static _Atomic int faults;
static struct uffd_extent work[MAX_WORK];
static _Atomic unsigned int given, taken;
static _Atomic bool ready[MAX_WORK], over;

static int later(struct uffd_region *r, const struct uffd_extent *e, void *user)
{
	unsigned int i = atomic_fetch_add(&given, 1);

	(void)r;
	(void)user;
	if (i >= MAX_WORK)
		return -ENOMEM;
	work[i] = *e;
	atomic_store(&ready[i], true);
	return 0;
}

/* From the back, page by page or all of it; now and then nothing of it. */
static void complete(const struct uffd_extent *e, unsigned int number)
{
	uint64_t step = number % 3 ? s.m.page : e->length;
	int64_t ret = 0;

	if (number % 7 == 6) {
		ret = uffd_abandon(s.region, e->offset, e->length);
	} else {
		for (uint64_t left = e->length; left && ret == 0; left -= step)
			ret = uffd_copy(s.region, e->offset + left - step,
					s.content + e->offset + left - step, step, 0);
	}
	if (ret)
		atomic_fetch_add(&faults, 1);
}

static void *worker(void *arg)
{
	(void)arg;
	while (!atomic_load(&over)) {
		unsigned int i = atomic_load(&taken);

		if (i < atomic_load(&given) && i < MAX_WORK &&
		    atomic_compare_exchange_strong(&taken, &i, i + 1)) {
			while (!atomic_load(&ready[i]))
				sched_yield();
			complete(&work[i], i);
		}
		sched_yield();
	}
	return NULL;
}

static void *demand(void *arg)
{
	size_t step = 5 + 6 * (size_t)(uintptr_t)arg;

	for (size_t p = 0; p + step <= PAGES; p += step) {
		if (uffd_demand(s.region, p * s.m.page, step * s.m.page, NULL))
			atomic_fetch_add(&faults, 1);
		for (size_t k = p; k < p + step; k++)
			if (!served_right(&s, k))
				atomic_fetch_add(&faults, 1);
	}
	return NULL;
}

static void comes_later(void)
{
	pthread_t workers[WORKERS], demands[DEMANDS];

	for (int round = 0; round < ROUNDS; round++) {
		memset(&s, 0, sizeof(s));
		atomic_store(&given, 0);
		atomic_store(&taken, 0);
		atomic_store(&over, false);
		for (unsigned int i = 0; i < MAX_WORK; i++)
			atomic_store(&ready[i], false);
		test_memory_make(&s.m, LIBUFFD_BACKING_ANON, PAGES);
		s.content = content_make(s.m.length);
		s.ctx = serve_ctx(0);
		s.region = serve_region(&s, &s.m, LIBUFFD_MISSING,
					(struct uffd_region_opts){.fault = later});
		for (int i = 0; i < WORKERS; i++)
			ck_assert_int_eq(pthread_create(&workers[i], NULL, worker, NULL), 0);
		for (uintptr_t i = 0; i < DEMANDS; i++)
			ck_assert_int_eq(pthread_create(&demands[i], NULL, demand, (void *)i), 0);
		for (int i = 0; i < DEMANDS; i++)
			pthread_join(demands[i], NULL);
		WAIT_UNTIL(atomic_load(&taken) == atomic_load(&given));
		atomic_store(&over, true);
		for (int i = 0; i < WORKERS; i++)
			pthread_join(workers[i], NULL);
		ck_assert_int_eq(atomic_load(&faults), 0);
		serve_end(&s);
	}
}
TEST_MAIN(comes_later)
