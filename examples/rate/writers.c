/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what writers.h says. Must never: see writers.h. */
#include "writers.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "../vm/util.h"

#define NS_PER_S UINT64_C(1000000000)
#define BATCH_NS UINT64_C(1000000)  /* between two looks at the clock, where there is a rate */
#define NAP_NS   UINT64_C(50000000) /* between two looks at whether it has to stop */

struct writer {
	pthread_t thread;
	struct writers *all;
	uint64_t number;
	uint64_t random;
	uint64_t writes;
};

static _Atomic uint64_t *word_of(const struct arena *a, uint64_t page)
{
	return (_Atomic uint64_t *)(void *)(a->mem + page * a->page_size);
}

uint64_t page_word(const struct arena *a, uint64_t page)
{
	return atomic_load_explicit(word_of(a, page), memory_order_relaxed);
}

/* Marsaglia's xorshift; below limit. */
static uint64_t random_below(struct writer *w, uint64_t limit)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return w->random % limit;
}

/* The next page to write. Each thread goes over its own part of the memory where it is sequential. */
static uint64_t choose(struct writer *w)
{
	uint64_t pages = w->all->arena->pages, hot = pages / 10 ? pages / 10 : 1;
	uint64_t threads = w->all->options->threads;
	uint64_t first = pages * w->number / threads, end = pages * (w->number + 1) / threads;

	switch (w->all->options->pattern) {
	case PATTERN_SEQUENTIAL:
		/* More threads than pages: some have none of their own. */
		return first == end ? first : first + w->writes % (end - first);
	case PATTERN_HOT:
		if (random_below(w, 10) || hot == pages)
			return random_below(w, hot);
		return hot + random_below(w, pages - hot);
	case PATTERN_RANDOM:
		break;
	}
	return random_below(w, pages);
}

/* In this order: the bit of a page that was written may be late, but never of one that was not. */
static void write_page(struct writer *w)
{
	uint64_t page = choose(w);

	atomic_fetch_add_explicit(word_of(w->all->arena, page), 1, memory_order_relaxed);
	atomic_fetch_or_explicit(&w->all->written[page / 64], UINT64_C(1) << page % 64,
				 memory_order_relaxed);
	w->writes++;
}

/* Sleeps until so many writes are due at this thread's share of the rate, or it has to stop. */
static void pace(const struct writer *w, uint64_t begin)
{
	const struct rate_options *o = w->all->options;
	double s = (double)w->writes * (double)o->threads / (double)o->rate;
	uint64_t due = begin + (uint64_t)(s * (double)NS_PER_S), now = now_ns();

	while (now < due && !atomic_load_explicit(&w->all->stop, memory_order_relaxed)) {
		uint64_t ns = due - now < NAP_NS ? due - now : NAP_NS;

		nanosleep(&(struct timespec){.tv_nsec = (long)ns}, NULL);
		now = now_ns();
	}
}

static void *run(void *writer)
{
	struct writer *w = writer;
	const struct rate_options *o = w->all->options;
	uint64_t batch = o->rate ? o->rate * BATCH_NS / NS_PER_S / o->threads : 1024;
	uint64_t begin = now_ns();

	batch = batch ? batch : 1;
	while (!atomic_load_explicit(&w->all->stop, memory_order_relaxed)) {
		for (uint64_t i = 0; i < batch; i++)
			write_page(w);
		if (o->rate)
			pace(w, begin);
	}
	atomic_fetch_add(&w->all->writes, w->writes);
	return NULL;
}

/* Control-C is for the thread that watches. */
static int start_threads(struct writers *w)
{
	sigset_t all, before;
	int error = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (uint64_t i = 0; i < w->options->threads && !error; i++) {
		struct writer *t = &w->threads[i];

		*t = (struct writer){
			.all = w,
			.number = i,
			.random = (i + 1) * UINT64_C(0x9e3779b97f4a7c15),
		};
		error = pthread_create(&t->thread, NULL, run, t);
		w->started += !error;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

int writers_start(struct writers *w, const struct rate_options *options, const struct arena *arena)
{
	int error = ENOMEM;

	*w = (struct writers){.options = options, .arena = arena};
	w->written = calloc((size_t)(arena->pages / 64 + 1), sizeof(*w->written));
	w->threads = calloc((size_t)options->threads, sizeof(*w->threads));
	if (w->written && w->threads)
		error = start_threads(w);
	if (!error)
		return 0;
	writers_stop(w);
	writers_free(w);
	return complain_error("threads", error);
}

void writers_stop(struct writers *w)
{
	atomic_store(&w->stop, true);
	for (uint64_t i = 0; i < w->started; i++)
		pthread_join(w->threads[i].thread, NULL);
	w->started = 0;
}

void writers_free(struct writers *w)
{
	free(w->written);
	free(w->threads);
	w->written = NULL;
	w->threads = NULL;
}

bool writers_wrote(const struct writers *w, uint64_t page)
{
	return atomic_load(&w->written[page / 64]) >> page % 64 & 1;
}
