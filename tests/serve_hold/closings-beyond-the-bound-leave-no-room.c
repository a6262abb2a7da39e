/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Closings that wait do not hold up whoever asks for them: so many have a thread of their own,
 * others wait in their order, and when there are too many of those nobody is to be let in. All come
 * to their end, each once.
 */
#include "support.h"

#include <pthread.h>

#include "serve/closer.h"

#define MANY 300

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static unsigned int ended[MANY];

static void end(void *what)
{
	unsigned int *count = what;

	pthread_mutex_lock(&gate);
	(*count)++;
	pthread_mutex_unlock(&gate);
}

static unsigned int count_ended(void)
{
	unsigned int sum = 0;

	pthread_mutex_lock(&gate);
	for (int i = 0; i < MANY; i++)
		sum += ended[i];
	pthread_mutex_unlock(&gate);
	return sum;
}

static void closings_beyond_the_bound_leave_no_room(void)
{
	uint64_t give_up = test_now() + UINT64_C(10000000000);

	ck_assert(closer_has_room());
	pthread_mutex_lock(&gate);
	for (int i = 0; i < MANY; i++)
		closer_end(end, &ended[i]);
	ck_assert(!closer_has_room());
	pthread_mutex_unlock(&gate);
	while (count_ended() < MANY)
		ck_assert_msg(test_now() < give_up, "not all come to their end");
	for (int i = 0; i < MANY; i++)
		ck_assert_uint_eq(ended[i], 1);
	ck_assert(closer_has_room());
}

TEST_MAIN(closings_beyond_the_bound_leave_no_room)
