/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what a snapshot of memory costs those who go on writing to it: the pause at its instant,
 * and how much longer their writes take until it is done.
 * Must never: let a disk in, or count a snapshot that is not the memory of its instant.
 */
#include "live.h"

#include <errno.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench.h"
#include "content.h"
#include "util.h"

#define WRITES_PER_PAGE 4

struct run {
	const struct options *o;
	struct results *results;
	struct live live;
	size_t pages;
	uint64_t first;   /* number of the first page's content: no two fills are alike */
	uint64_t *wanted; /* the last word written to each page; 0: none */
	sem_t go;
	uint64_t written_ns; /* when the writer was done */
	bool end;            /* of a writer that writes all along */
	uint64_t count;      /* ... and its writes */
};

static const struct pause_variant {
	const char *name;
	const struct live_kind *kind;
	bool busy;
} pauses[] = {
	{"fork", &live_fork, false},
	{"by-hand", &live_hand, false},
	{"library", &live_library, false},
	{"library-busy", &live_library, true},
};
#define PAUSES (sizeof(pauses) / sizeof(pauses[0]))

static const struct live_kind *const slow[] = {&live_none, &live_fork, &live_hand, &live_library};
#define SLOW (sizeof(slow) / sizeof(slow[0]))

struct slow_figures {
	uint64_t start_ns;
	uint64_t writer_ns; /* 0: not measured */
	uint64_t done_ns;
};

static void add(const struct run *r, int round, const char *variant, const char *metric,
		const char *baseline, uint64_t ns)
{
	result_add(r->results, round, "snapshot", variant, metric, "ms", baseline,
		   (double)ns / 1e6);
}

/* New each time: pages that no fork and no registration has touched. */
static void map_live(struct run *r)
{
	struct live *l = &r->live;

	warm_memory(2 * l->length);
	l->memory = map_anonymous(l->length);
	if (madvise(l->memory, l->length, MADV_NOHUGEPAGE) < 0 && errno != EINVAL)
		fatal("MADV_NOHUGEPAGE: %m");
	r->first += r->pages;
	content_fill(l->memory, l->length, r->first);
}

static volatile uint64_t *word_of(const struct run *r, uint64_t page)
{
	return (volatile uint64_t *)(r->live.memory + page * page_size());
}

static void *write_all_along(void *arg)
{
	struct run *r = arg;
	struct random random = {.state = 1};
	uint64_t i = 0;

	while (!__atomic_load_n(&r->end, __ATOMIC_RELAXED)) {
		*word_of(r, random_below(&random, r->pages)) = ++i;
		__atomic_store_n(&r->count, i, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* Until as many pages have been written since as one in sixteen. */
static void let_write(struct run *r)
{
	uint64_t until = __atomic_load_n(&r->count, __ATOMIC_RELAXED) + r->pages / 16;

	while (__atomic_load_n(&r->count, __ATOMIC_RELAXED) < until)
		sched_yield();
}

static void measure_pause(struct run *r, int round, const struct pause_variant *v)
{
	struct live *l = &r->live;
	pthread_t writer = 0;
	uint64_t start, ns;
	int error;

	map_live(r);
	l->save = false;
	r->end = false;
	r->count = 0;
	if (v->busy)
		writer = start_thread(cpu_number(0), write_all_along, r);
	error = v->kind->start(l);
	if (!error) {
		if (v->busy)
			let_write(r);
		start = now_ns();
		v->kind->arm(l);
		ns = now_ns() - start;
		add(r, round, v->name, "arm", "fork", ns);
		if (v->kind->pause_ns)
			ns = v->kind->pause_ns(l);
		add(r, round, v->name, "pause", "fork", ns);
		v->kind->stop(l);
	} else {
		result_skip("snapshot", v->name, strerror(-error));
	}
	__atomic_store_n(&r->end, true, __ATOMIC_RELAXED);
	if (v->busy)
		join_thread(writer);
	unmap(l->memory, l->length);
}

static void *write_so_much(void *arg)
{
	struct run *r = arg;
	struct random random = {.state = 2};

	while (sem_wait(&r->go) < 0)
		;
	for (uint64_t i = 1; i <= WRITES_PER_PAGE * r->pages; i++)
		*word_of(r, random_below(&random, r->pages)) = i;
	r->written_ns = now_ns();
	return NULL;
}

/* Nothing of what was written is in the snapshot, and nothing is lost in the memory. */
static void verify(struct run *r, const struct live_kind *kind)
{
	struct random random = {.state = 2};

	if (kind != &live_none)
		content_verify(kind->name, r->live.output, r->live.length, r->first);
	memset(r->wanted, 0, r->pages * sizeof(*r->wanted));
	for (uint64_t i = 1; i <= WRITES_PER_PAGE * r->pages; i++)
		r->wanted[random_below(&random, r->pages)] = i;
	for (size_t page = 0; page < r->pages; page++) {
		uint64_t wanted = r->wanted[page];

		if (*word_of(r, page) != (wanted ? wanted : content_word(r->first + page)))
			fatal("%s: page %zu lost what was written", kind->name, page);
	}
}

/* The writer begins when the instant is over: so what has to be saved is known to the byte. */
static void measure_slow(struct run *r, const struct live_kind *kind, struct slow_figures *f)
{
	struct live *l = &r->live;
	pthread_t writer;
	uint64_t start;
	int error;

	map_live(r);
	l->save = true;
	start = now_ns();
	error = kind->start(l);
	f->start_ns = now_ns() - start;
	if (error) {
		result_skip("snapshot", kind->name, strerror(-error));
		unmap(l->memory, l->length);
		return;
	}
	writer = start_thread(cpu_number(0), write_so_much, r);
	start = now_ns();
	kind->arm(l);
	sem_post(&r->go);
	f->done_ns = kind->wait(l) - start;
	join_thread(writer);
	f->writer_ns = r->written_ns - start;
	kind->stop(l);
	verify(r, kind);
	unmap(l->memory, l->length);
}

static void report_slow(const struct run *r, int round, const struct slow_figures *figures)
{
	uint64_t none = figures[0].writer_ns;

	for (size_t i = 0; i < SLOW; i++) {
		const struct slow_figures *f = &figures[i];
		const char *name = slow[i]->name;

		if (!f->writer_ns)
			continue;
		add(r, round, name, "writer", live_none.name, f->writer_ns);
		if (i == 0)
			continue;
		if (none)
			add(r, round, name, "added", live_hand.name,
			    f->writer_ns > none ? f->writer_ns - none : 0);
		add(r, round, name, "done", live_hand.name, f->done_ns);
		add(r, round, name, "start", live_hand.name, f->start_ns);
	}
}

static void measure_all(struct run *r, int round)
{
	struct slow_figures figures[SLOW] = {0};

	for (size_t i = 0; i < PAUSES; i++) {
		const struct pause_variant *v = &pauses[turn_of(i, round, PAUSES)];

		if (wanted(r->o, v->name))
			measure_pause(r, round, v);
	}
	for (size_t i = 0; i < SLOW; i++) {
		size_t which = turn_of(i, round, SLOW);

		if (wanted(r->o, slow[which]->name))
			measure_slow(r, slow[which], &figures[which]);
	}
	report_slow(r, round, figures);
}

static void *run(void *arg)
{
	struct run *r = arg;

	for (int round = -1; round < r->o->rounds; round++)
		measure_all(r, round);
	return NULL;
}

void bench_snapshot(const struct options *o, struct results *results)
{
	uint64_t size = o->size ? o->size : o->quick ? 8 * MIB : GIB;
	struct run r = {
		.o = o,
		.results = results,
		.live.length = size,
		.pages = size / page_size(),
	};

	/* Shared, so that a child can fill it, and fork() has nothing to copy of it. */
	r.live.output = map_fresh(size, true);
	memset(r.live.output, 1, size);
	r.wanted = calloc(r.pages, sizeof(*r.wanted));
	if (!r.wanted)
		fatal("out of memory");
	sem_init(&r.go, 0, 0);
	if (cpu_count() < 2)
		result_note("snapshot",
			    "this process has one CPU: all threads run on the writer's");
	/* In a thread that is not bound, since those that the library starts take after it. */
	join_thread(start_thread(-1, run, &r));
	sem_destroy(&r.go);
	free(r.wanted);
	unmap(r.live.output, size);
}
