/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What one thread wrote because of what another had written is in a snapshot only together with
 * that. Three threads pass a number round, each writing it to a page of its own; others count
 * through the rest.
 */
#include "walk.h"

#define PAGES   512u
#define ROUND   3u
#define WALKERS 2u

struct passer {
	pthread_t thread;
	volatile uint64_t *word;
	_Atomic uint64_t *from, *to;
};

static _Atomic bool ending;

static void *pass(void *arg)
{
	struct passer *p = arg;
	uint64_t last = 0;

	while (!atomic_load(&ending)) {
		uint64_t c = atomic_load(p->from);

		if (c == last) {
			sched_yield();
			continue;
		}
		last = c;
		*p->word = c;
		atomic_store(p->to, c);
	}
	return NULL;
}

/* Where the pages of those who pass are. */
static const size_t places[ROUND] = {PAGES - 1, 0, PAGES / 2};

static void in_order(int fd)
{
	uint64_t x[ROUND];

	for (size_t i = 0; i < ROUND; i++)
		x[i] = walk_word(fd, NULL, places[i] * 4096);
	ck_assert_msg(x[0] >= x[1] && x[1] >= x[2] && x[2] + 1 >= x[0],
		      "%llu, then %llu, then %llu", (unsigned long long)x[0],
		      (unsigned long long)x[1], (unsigned long long)x[2]);
}

static void *next_number(void *arg)
{
	_Atomic uint64_t *numbers = arg;

	while (!atomic_load(&ending)) {
		if (atomic_load(&numbers[ROUND]) == atomic_load(&numbers[0]))
			atomic_fetch_add(&numbers[0], 1);
		else
			sched_yield();
	}
	return NULL;
}

static void start_all(struct served *s, struct passer *p, struct walk *w, _Atomic uint64_t *numbers)
{
	for (size_t i = 0; i < ROUND; i++) {
		p[i].word = (volatile uint64_t *)(void *)served_page(s, places[i]);
		p[i].from = &numbers[i];
		p[i].to = &numbers[i + 1];
		ck_assert_int_eq(pthread_create(&p[i].thread, NULL, pass, &p[i]), 0);
	}
	for (size_t i = 0; i < WALKERS; i++) {
		walk_make(&w[i], PAGES);
		for (size_t k = i + 1; k < PAGES - 1; k += WALKERS)
			if (k != PAGES / 2)
				walk_add_page(&w[i], served_page(s, k), 4096, k * 4096);
		walk_start(&w[i]);
	}
}

static void instant_across_threads(void)
{
	static _Atomic uint64_t numbers[ROUND + 1];
	uint64_t until = test_now() + snap_seconds() * UINT64_C(1000000000);
	static struct walk w[WALKERS];
	static struct passer p[ROUND];
	pthread_t feeder;
	int fd = snap_file();
	uint32_t seed = 1;
	struct served s;

	snap_serve_anon(&s, PAGES);
	start_all(&s, p, w, numbers);
	ck_assert_int_eq(pthread_create(&feeder, NULL, next_number, numbers), 0);
	while (test_now() < until) {
		struct uffd_snapshot *snapshot;

		snapshot = snap_start(s.region, fd, (struct uffd_snapshot_opts){0});
		walk_dither(&seed);
		ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
		ck_assert_int_eq(snap_end(snapshot), 0);
		in_order(fd);
		for (size_t i = 0; i < WALKERS; i++)
			walk_is_of_an_instant(&w[i], fd, NULL, "a walker's");
	}
	atomic_store(&ending, true);
	pthread_join(feeder, NULL);
	for (size_t i = 0; i < ROUND; i++)
		pthread_join(p[i].thread, NULL);
	for (size_t i = 0; i < WALKERS; i++)
		walk_end(&w[i]);
	close(fd);
	serve_end(&s);
}

TEST_MAIN(instant_across_threads)
