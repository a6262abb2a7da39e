/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Threads that begin at the same moment and count what they find wrong. */
#ifndef CROWD_H
#define CROWD_H

#include "test.h"

#include <sched.h>

#include "random.h"

#define CROWD_MAX 8

struct crowd_member {
	pthread_t thread;
	unsigned int number; /* 1 and up */
	uint64_t seed;
	void (*run)(struct crowd_member *me);
};

static pthread_barrier_t crowd_start;
static _Atomic unsigned int crowd_faults; /* what threads other than the test's cannot assert */

#define CROWD_CHECK(condition)                                                                     \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);    \
			atomic_fetch_add(&crowd_faults, 1);                                        \
		}                                                                                  \
	} while (0)

static inline void *crowd_run(void *arg)
{
	struct crowd_member *me = arg;

	pthread_barrier_wait(&crowd_start);
	me->run(me);
	return NULL;
}

/* Runs count threads, each the function of its place in runs, and fails if they found faults. */
static inline void crowd(unsigned int count, void (*const runs[])(struct crowd_member *me))
{
	struct crowd_member members[CROWD_MAX];

	ck_assert_uint_le(count, CROWD_MAX);
	pthread_barrier_init(&crowd_start, NULL, count);
	for (unsigned int i = 0; i < count; i++) {
		members[i] = (struct crowd_member){
			.number = i + 1, .seed = 0x9e3779b97f4a7c15u * (i + 1), .run = runs[i]};
		ck_assert_int_eq(pthread_create(&members[i].thread, NULL, crowd_run, &members[i]),
				 0);
	}
	for (unsigned int i = 0; i < count; i++)
		pthread_join(members[i].thread, NULL);
	pthread_barrier_destroy(&crowd_start);
	ck_assert_uint_eq(atomic_load(&crowd_faults), 0);
}

#endif
