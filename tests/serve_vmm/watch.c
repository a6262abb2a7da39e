/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what watch.h says. Must never: take what has just begun for what began before. */
#include "watch.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "say.h"

#define LOOK_EVERY_NS 50000000

struct actor {
	_Alignas(64) _Atomic uint64_t since; /* 0: waits for nothing */
	_Atomic uint64_t page;
	const char *_Atomic what;
	uint64_t longest; /* its own thread's */
};

struct watch {
	uint64_t patience;
	unsigned int count;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	bool end;
	struct actor actors[];
};

static void look(struct watch *watch)
{
	for (unsigned int i = 0; i < watch->count; i++) {
		struct actor *actor = &watch->actors[i];
		uint64_t since = atomic_load(&actor->since);
		uint64_t page = atomic_load(&actor->page);
		const char *what = atomic_load(&actor->what);

		/* What was read belongs together only if it is still the same wait. */
		if (since && now_ns() - since > watch->patience &&
		    atomic_load(&actor->since) == since)
			end_saying(EXIT_HUNG, "HUNG %s %" PRIu64, what, page);
	}
}

static void *run(void *argument)
{
	struct watch *watch = argument;
	struct timespec until;

	pthread_mutex_lock(&watch->lock);
	while (!watch->end) {
		look(watch);
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += LOOK_EVERY_NS;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&watch->ended, &watch->lock, &until);
	}
	pthread_mutex_unlock(&watch->lock);
	return NULL;
}

int watch_open(struct watch **made, unsigned int count, uint64_t patience_ns)
{
	size_t size = sizeof(struct watch) + count * sizeof(struct actor);
	struct watch *watch = aligned_alloc(64, (size + 63) / 64 * 64);
	pthread_condattr_t monotonic;
	int error;

	if (!watch)
		return complain("the watchdog", ENOMEM);
	*watch = (struct watch){.patience = patience_ns, .count = count};
	for (unsigned int i = 0; i < count; i++)
		watch->actors[i] = (struct actor){0};
	pthread_mutex_init(&watch->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&watch->ended, &monotonic);
	pthread_condattr_destroy(&monotonic);
	error = pthread_create(&watch->thread, NULL, run, watch);
	if (error) {
		free(watch);
		return complain("the watchdog", error);
	}
	*made = watch;
	return 0;
}

void watch_close(struct watch *watch)
{
	pthread_mutex_lock(&watch->lock);
	watch->end = true;
	pthread_cond_signal(&watch->ended);
	pthread_mutex_unlock(&watch->lock);
	pthread_join(watch->thread, NULL);
	pthread_cond_destroy(&watch->ended);
	pthread_mutex_destroy(&watch->lock);
	free(watch);
}

void watch_begin(struct watch *watch, unsigned int number, const char *what, uint64_t page)
{
	struct actor *actor = &watch->actors[number];

	atomic_store(&actor->page, page);
	atomic_store(&actor->what, what);
	atomic_store(&actor->since, now_ns());
}

void watch_end(struct watch *watch, unsigned int number)
{
	struct actor *actor = &watch->actors[number];
	uint64_t took = now_ns() - atomic_load(&actor->since);

	if (took > actor->longest)
		actor->longest = took;
	atomic_store(&actor->since, 0);
}

uint64_t watch_longest_ns(const struct watch *watch)
{
	uint64_t longest = 0;

	for (unsigned int i = 0; i < watch->count; i++)
		if (watch->actors[i].longest > longest)
			longest = watch->actors[i].longest;
	return longest;
}
