/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what a balloon costs those who touch memory meanwhile: how many pages a second come back
 * while it discards others.
 * Must never: compare other faults than the same ones.
 *
 * All memory has come before. Each of ten passes discards every page and touches every page, both
 * in the same random order, one by one. Discards are at most AHEAD pages ahead of touches, and of
 * those no two lie in one window of fault-around: each touch is a fault, and each fault brings one
 * page, in both variants. What differs is when:
 *   storm  a balloon's thread discards while another one touches; the clock runs all the time
 *   still  one thread discards so many pages, then touches them; the clock runs while it touches
 *
 * touched: with that clock; both: with the time of still's discards, too. The kernel lets nothing
 * be installed while a discard is under way, and one takes as long as a touch: half of still's
 * touched is what the two in turn, without any cost of meeting, come to.
 */
#include <semaphore.h>
#include <stdlib.h>

#include "content.h"
#include "serve.h"
#include "serve_server.h"
#include "serve_vm.h"

#define PASSES 10
#define AHEAD  256

/* Far more than it takes, whatever --size and the machine's other load are. */
#define MEASURE_MS 600000

static const char *const kinds[] = {"still", "storm"};
#define STILL 0
#define STORM 1
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* In memory that a VM shares with the bench. */
struct figures {
	size_t kind;
	uint64_t touched_ns;
	uint64_t discarded_ns; /* where nobody touches meanwhile */
};

struct storm {
	struct serve_guest *guest;
	uint64_t pages;
	uint64_t ahead;
	uint32_t *order;
	uint64_t faults;
	uint64_t touched_ns;
	uint64_t discarded_ns;
	sem_t may_discard;
	sem_t may_touch;
};

static void take(sem_t *sem)
{
	while (sem_wait(sem) < 0)
		;
}

/* Every window once, then each once again in the same order: another page of it each time. */
static void shuffle(struct storm *s, struct random *random)
{
	uint32_t window = (uint32_t)(SERVE_WINDOW / page_size());
	uint32_t windows = (uint32_t)s->pages / window;

	for (uint32_t i = 0; i < windows; i++) {
		uint32_t other = (uint32_t)random_below(random, i + 1);

		s->order[i] = s->order[other];
		s->order[other] = i;
	}
	for (uint32_t time = window; time-- > 0;)
		for (uint32_t i = 0; i < windows; i++)
			s->order[time * windows + i] =
				s->order[i] * window + (s->order[i] + time) % window;
}

static void touch(const struct storm *s, uint64_t i)
{
	uint64_t ns;

	if (serve_guest_touch(s->guest, s->order[i], &ns) != 0)
		fatal("serve: page %u was discarded, and is not zero", s->order[i]);
}

static void pass_still(struct storm *s)
{
	for (uint64_t at = 0; at < s->pages; at += s->ahead) {
		uint64_t end = at + s->ahead < s->pages ? at + s->ahead : s->pages;
		uint64_t start = now_ns(), between;

		for (uint64_t i = at; i < end; i++)
			serve_guest_discard(s->guest, s->order[i], 1);
		between = now_ns();
		for (uint64_t i = at; i < end; i++)
			touch(s, i);
		s->touched_ns += now_ns() - between;
		s->discarded_ns += between - start;
	}
}

static void *discard(void *arg)
{
	struct storm *s = arg;

	for (uint64_t i = 0; i < s->pages; i++) {
		take(&s->may_discard);
		serve_guest_discard(s->guest, s->order[i], 1);
		sem_post(&s->may_touch);
	}
	return NULL;
}

static void pass_storm(struct storm *s)
{
	pthread_t balloon;
	uint64_t start;

	sem_init(&s->may_discard, 0, (unsigned int)s->ahead);
	sem_init(&s->may_touch, 0, 0);
	balloon = start_thread(-1, discard, s);
	start = now_ns();
	for (uint64_t i = 0; i < s->pages; i++) {
		take(&s->may_touch);
		touch(s, i);
		sem_post(&s->may_discard);
	}
	s->touched_ns += now_ns() - start;
	join_thread(balloon);
}

static void verify_zeros(const struct storm *s)
{
	const uint64_t *words = (const uint64_t *)s->guest->memory;

	for (uint64_t i = 0; i < s->guest->length / sizeof(*words); i++)
		if (words[i])
			fatal("serve: page %llu was discarded, and is not zero",
			      (unsigned long long)(i * sizeof(*words) / page_size()));
}

static void guest(struct serve_guest *g, void *shared)
{
	uint64_t windows = g->length / SERVE_WINDOW, faults;
	struct figures *f = shared;
	struct random random = {.state = 1};
	struct storm s = {
		.guest = g,
		.pages = g->length / page_size(),
		.ahead = windows / 2 < AHEAD ? windows / 2 : AHEAD,
	};

	s.order = calloc(s.pages, sizeof(*s.order));
	if (!s.order)
		fatal("out of memory");
	content_verify("serve", g->memory, g->length, g->first);
	for (int pass = 0; pass < PASSES; pass++) {
		shuffle(&s, &random);
		faults = serve_guest_faults();
		if (f->kind == STORM)
			pass_storm(&s);
		else
			pass_still(&s);
		s.faults += serve_guest_faults() - faults;
	}
	if (s.faults < PASSES * s.pages)
		fatal("serve: %llu touches were %llu faults", PASSES * (unsigned long long)s.pages,
		      (unsigned long long)s.faults);
	verify_zeros(&s);
	f->touched_ns = s.touched_ns;
	f->discarded_ns = s.discarded_ns;
	free(s.order);
}

static void add(const struct serve *s, int round, size_t kind, const char *metric, uint64_t ns)
{
	double pages = PASSES * (double)(s->length / 16 / page_size());

	result_add(s->results, round, "serve", kinds[kind], metric, "pages/s", kinds[STILL],
		   pages * 1e9 / (double)ns);
}

static void measure(struct serve *s, struct serve_server *server, int round, struct figures *f)
{
	struct serve_vm vm;

	serve_vm_start(&vm, s, server, 0, s->length / 16, guest, f);
	serve_vm_step(&vm);
	serve_vm_end(&vm, server, MEASURE_MS);
	add(s, round, f->kind, "touched", f->touched_ns);
	add(s, round, f->kind, "both", f->touched_ns + f->discarded_ns);
	if (f->kind == STILL)
		add(s, round, f->kind, "discarded", f->discarded_ns);
}

void serve_storm(struct serve *s)
{
	struct figures *f = map_fresh(sizeof(*f), true);
	int rounds = serve_rounds(s, 5, 2);
	struct serve_server server;

	serve_server_start(&server, s, false);
	serve_server_await(&server, "listening");
	for (int round = -1; round < rounds; round++) {
		for (size_t i = 0; i < KINDS; i++) {
			f->kind = turn_of(i, round, KINDS);
			if (wanted(s->o, kinds[f->kind]))
				measure(s, &server, round, f);
		}
	}
	serve_server_stop(&server);
	unmap(f, sizeof(*f));
}
