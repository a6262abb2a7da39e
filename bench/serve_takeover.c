/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: how long VMs wait at most when their server goes and another one goes on: killed at any
 * moment of a storm of faults and discards and started again by whoever sees that it is dead, or
 * asked to yield. Each takes over from the one before; each round has new VMs.
 * Must never: count a round whose memory is wrong anywhere at its end.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "content.h"
#include "serve.h"
#include "serve_server.h"
#include "serve_vm.h"

#define VMS         2
#define TOUCHERS    2
#define DISCARD_MAX 16 /* pages at a time */

/* A server dies at any moment up to that: while most memory comes, and when it has come. */
#define MOMENT_NS 80000000

/* What a page must contain: it changes only in this order. */
enum { CONTENT, DISCARDING, ZEROS };

/* In memory that a VM shares with the bench. */
struct figures {
	uint64_t seed;
	uint64_t longest_ns;
};

struct storm {
	struct serve_guest *guest;
	uint64_t pages;
	_Atomic uint8_t *states;
	atomic_bool stop;
};

struct actor {
	struct storm *storm;
	struct random random;
	uint64_t longest_ns;
	pthread_t thread;
};

static void count(struct actor *a, uint64_t ns)
{
	a->longest_ns = ns > a->longest_ns ? ns : a->longest_ns;
}

/* A discard may come between: then it is what it was or zero. */
static void touch(struct actor *a, uint64_t page)
{
	const struct storm *s = a->storm;
	int before = atomic_load(&s->states[page]), after;
	uint64_t ns, word = serve_guest_touch(s->guest, page, &ns);
	bool right;

	after = atomic_load(&s->states[page]);
	right = (word == 0 && after != CONTENT) ||
		(word == content_word(s->guest->first + page) && before != ZEROS);
	if (!right)
		fatal("serve: wrong bytes in page %llu in a storm", (unsigned long long)page);
	count(a, ns);
}

static void *touch_at_random(void *arg)
{
	struct actor *a = arg;

	while (!atomic_load(&a->storm->stop))
		touch(a, random_below(&a->random, a->storm->pages));
	return NULL;
}

static void set_states(struct storm *s, uint64_t page, uint64_t pages, uint8_t from, uint8_t to)
{
	for (uint64_t i = page; i < page + pages; i++)
		if (atomic_load(&s->states[i]) == from)
			atomic_store(&s->states[i], to);
}

static void discard(struct actor *a)
{
	struct storm *s = a->storm;
	uint64_t pages = 1 + random_below(&a->random, DISCARD_MAX);
	uint64_t page = random_below(&a->random, s->pages - pages), start;

	set_states(s, page, pages, CONTENT, DISCARDING);
	start = now_ns();
	serve_guest_discard(s->guest, page, pages);
	/* It waits for the server, too, and the guest perhaps for its balloon. */
	count(a, now_ns() - start);
	set_states(s, page, pages, DISCARDING, ZEROS);
}

/* Without a pause: the hardest that a balloon can be for faults. */
static void *discard_at_random(void *arg)
{
	struct actor *a = arg;

	while (!atomic_load(&a->storm->stop))
		discard(a);
	return NULL;
}

/* What has not come yet comes from the server that is there now, and waits for it as before. */
static void verify(struct actor *a)
{
	static const uint64_t none[8];
	struct storm *s = a->storm;
	size_t step = sizeof(none);

	for (uint64_t page = 0; page < s->pages; page++) {
		const uint8_t *at = s->guest->memory + page * page_size();

		touch(a, page);
		if (s->states[page] == CONTENT) {
			content_verify("serve", at, page_size(), s->guest->first + page);
			continue;
		}
		for (size_t i = 0; i < page_size(); i += step)
			if (memcmp(at + i, none, step) != 0)
				fatal("serve: page %llu was discarded, and is not zero",
				      (unsigned long long)page);
	}
}

static void guest(struct serve_guest *g, void *shared)
{
	struct figures *f = shared;
	struct storm storm = {.guest = g, .pages = g->length / page_size()};
	struct actor actors[TOUCHERS + 1];

	storm.states = calloc(storm.pages, sizeof(*storm.states));
	if (!storm.states)
		fatal("out of memory");
	for (int i = 0; i <= TOUCHERS; i++) {
		actors[i] = (struct actor){.storm = &storm, .random.state = f->seed + (uint64_t)i};
		actors[i].thread = start_thread(
			-1, i < TOUCHERS ? touch_at_random : discard_at_random, &actors[i]);
	}
	serve_guest_wait(g);
	atomic_store(&storm.stop, true);
	for (int i = 0; i <= TOUCHERS; i++)
		join_thread(actors[i].thread);
	verify(&actors[0]);
	for (int i = 0; i <= TOUCHERS; i++)
		if (actors[i].longest_ns > f->longest_ns)
			f->longest_ns = actors[i].longest_ns;
	free(storm.states);
}

/* What VMs wait for in such a storm anyhow. */
static void change_nothing(struct serve *s, struct serve_server *server)
{
	(void)s;
	(void)server;
}

static void change_by_kill(struct serve *s, struct serve_server *server)
{
	serve_server_kill(server);
	serve_server_start(server, s, true);
	serve_server_await(server, "taken-over");
}

static void change_by_upgrade(struct serve *s, struct serve_server *server)
{
	struct serve_server old = *server;

	serve_server_start(server, s, true);
	serve_server_await(server, "taken-over");
	serve_server_ended(&old);
}

static const struct {
	const char *name;
	void (*change)(struct serve *s, struct serve_server *server);
} kinds[] = {
	{"unchanged", change_nothing},
	{"kill", change_by_kill},
	{"upgrade", change_by_upgrade},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct run {
	struct serve *s;
	struct serve_server server;
	struct figures *figures; /* of VMS */
	struct random random;
	uint64_t longest_ns[KINDS];
};

static void sleep_for(uint64_t ns)
{
	struct timespec t = {.tv_nsec = (long)ns};

	clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
}

static void add(const struct run *r, int round, size_t kind, const char *metric, uint64_t ns)
{
	result_add(r->s->results, round, "serve", kinds[kind].name, metric, "ms", kinds[0].name,
		   (double)ns / 1e6);
}

static void measure(struct run *r, int round, size_t kind)
{
	uint64_t length = r->s->length / 16, longest = 0, start;
	struct serve_vm vms[VMS];

	for (int i = 0; i < VMS; i++) {
		r->figures[i] = (struct figures){.seed = random_next(&r->random)};
		serve_vm_start(&vms[i], r->s, &r->server, (uint64_t)i * length, length, guest,
			       &r->figures[i]);
	}
	for (int i = 0; i < VMS; i++)
		serve_vm_step(&vms[i]);
	sleep_for(random_below(&r->random, MOMENT_NS));
	start = now_ns();
	kinds[kind].change(r->s, &r->server);
	if (kind != 0)
		add(r, round, kind, "change", now_ns() - start);
	for (int i = 0; i < VMS; i++)
		serve_vm_step(&vms[i]);
	for (int i = 0; i < VMS; i++) {
		serve_vm_end(&vms[i], &r->server, SERVE_PATIENCE_MS);
		longest = r->figures[i].longest_ns > longest ? r->figures[i].longest_ns : longest;
	}
	add(r, round, kind, "longest wait", longest);
	r->longest_ns[kind] = longest > r->longest_ns[kind] ? longest : r->longest_ns[kind];
}

/* Another one each time, unless it is given to see the same again. */
static uint64_t seed(void)
{
	const char *given = getenv("UFFD_BENCH_SEED");
	uint64_t seed;

	if (given)
		return strtoull(given, NULL, 0);
	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		fatal("getrandom: %m");
	return seed;
}

static void measure_all(struct run *r, int rounds)
{
	for (int round = 0; round < rounds; round++) {
		for (size_t i = 0; i < KINDS; i++) {
			size_t kind = turn_of(i, round, KINDS);

			if (wanted(r->s->o, kinds[kind].name))
				measure(r, round, kind);
		}
	}
	/* One figure, not one a round: a row's value would be the median. */
	for (size_t i = 0; i < KINDS; i++)
		if (wanted(r->s->o, kinds[i].name))
			add(r, rounds - 1, i, "longest of all", r->longest_ns[i]);
}

void serve_takeover(struct serve *s)
{
	size_t size = VMS * sizeof(struct figures);
	struct run r = {.s = s, .figures = map_fresh(size, true), .random.state = seed()};

	result_note("serve", "moments of takeovers: UFFD_BENCH_SEED=%#llx",
		    (unsigned long long)r.random.state);
	serve_server_start(&r.server, s, false);
	serve_server_await(&r.server, "listening");
	measure_all(&r, serve_rounds(s, 100, 3));
	serve_server_stop(&r.server);
	unmap(r.figures, size);
}
