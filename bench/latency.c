/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: how long one access to a page takes that is not there, seen by the thread that makes it.
 * Must never: serve more than one page per fault, in any variant: that would be another bench.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "pager.h"
#include "util.h"

/* clang-format off */
static const struct pager_kind *const kinds[] = {
	&pager_blocking,
	&pager_poll,
	&pager_sigsegv,
	&pager_library,
	&pager_library_uring,
	&pager_library_poll,
	&pager_library_no_spin,
	&pager_library_poll_no_spin,
	&pager_library_source,
};
/* clang-format on */

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const struct {
	unsigned int permille;
	const char *name;
} quantiles[] = {{500, "p50"}, {900, "p90"}, {990, "p99"}};

struct latency {
	const struct options *o;
	struct results *results;
	struct content content;
	size_t pages;
	uint64_t *samples;
};

/* Touches every page in order, one sample each; the sum of the first words is the proof. */
static uint64_t touch(const struct pager *p, uint64_t *samples, size_t pages)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < pages; i++) {
		const volatile uint64_t *word = (const void *)(p->memory + i * page_size());
		uint64_t start = now_ns();

		sum += *word;
		samples[i] = now_ns() - start;
	}
	return sum;
}

static void measure(struct latency *l, int round, const struct pager_kind *kind, const char *place,
		    int cpu)
{
	struct pager p = {
		.kind = kind,
		.content = &l->content,
		.cpu = cpu,
		.length = l->content.length,
	};
	uint64_t sum, expected = 0;
	char metric[32];
	int error;

	error = kind->start(&p);
	if (error) {
		result_skip("latency", kind->name, strerror(-error));
		return;
	}
	sum = touch(&p, l->samples, l->pages);
	for (size_t i = 0; i < l->pages; i++)
		expected += content_word(i);
	if (sum != expected)
		fatal("%s: a thread saw wrong bytes", kind->name);
	content_verify(kind->name, p.memory, p.length, 0);
	kind->stop(&p);
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++) {
		uint64_t ns = percentile(l->samples, l->pages, quantiles[i].permille);

		snprintf(metric, sizeof(metric), "%s %s", place, quantiles[i].name);
		result_add(l->results, round, "latency", kind->name, metric, "us",
			   pager_blocking.name, (double)ns / 1e3);
	}
}

static void measure_all(struct latency *l, int round, const char *place, int cpu)
{
	for (size_t i = 0; i < KINDS; i++) {
		const struct pager_kind *kind = kinds[turn_of(i, round, KINDS)];

		if (wanted(l->o, kind->name))
			measure(l, round, kind, place, cpu);
	}
}

void bench_latency(const struct options *o, struct results *results)
{
	struct latency l = {.o = o, .results = results, .pages = o->quick ? 256 : 4096};

	pin_self(cpu_number(0));
	content_in_memory(&l.content, l.pages * page_size());
	l.samples = calloc(l.pages, sizeof(*l.samples));
	if (!l.samples)
		fatal("out of memory");
	if (cpu_count() < 2)
		result_skip("latency", "other-cpu", "this process has one CPU");
	warm_memory(4 * l.content.length);
	for (int round = -1; round < o->rounds; round++) {
		measure_all(&l, round, "same-cpu", cpu_number(0));
		if (cpu_count() >= 2)
			measure_all(&l, round, "other-cpu", cpu_number(1));
	}
	free(l.samples);
	content_free(&l.content);
}
