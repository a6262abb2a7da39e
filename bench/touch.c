/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: how long a thread needs to touch every page of a file that is in the page cache.
 * Must never: let the disk in: it would hide everything else.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "pager.h"
#include "util.h"

static const struct pager_kind *const kinds[] = {
	&pager_blocking,
	&pager_blocking_around,
	&pager_poll,
	&pager_mmap,
	&pager_sigsegv,
	&pager_library_file,
	&pager_library_file_memfd,
	&pager_library_file_alias,
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct touch {
	const struct options *o;
	struct results *results;
	struct content content;
	size_t pages;
	uint32_t *orders[2];
};

static const char *const order_names[2] = {"sequential", "random"};

static uint64_t touch(const uint8_t *memory, const uint32_t *order, size_t pages)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < pages; i++)
		sum += *(const volatile uint64_t *)(memory + order[i] * page_size());
	return sum;
}

static void measure(struct touch *t, int round, const struct pager_kind *kind, int order,
		    const char *place, int cpu)
{
	struct pager p = {
		.kind = kind,
		.content = &t->content,
		.cpu = cpu,
		.length = t->content.length,
	};
	uint64_t start, ns, sum, expected = 0;
	char metric[32];
	int error;

	error = kind->start(&p);
	if (error) {
		result_skip("touch", kind->name, strerror(-error));
		return;
	}
	start = now_ns();
	sum = touch(p.memory, t->orders[order], t->pages);
	ns = now_ns() - start;
	for (size_t i = 0; i < t->pages; i++)
		expected += content_word(i);
	if (sum != expected)
		fatal("%s: a thread saw wrong bytes", kind->name);
	content_verify(kind->name, p.memory, p.length, 0);
	kind->stop(&p);
	snprintf(metric, sizeof(metric), "%s %s", order_names[order], place);
	result_add(t->results, round, "touch", kind->name, metric, "ms", pager_blocking.name,
		   (double)ns / 1e6);
}

static void measure_all(struct touch *t, int round, const char *place, int cpu)
{
	for (int order = 0; order < 2; order++) {
		for (size_t i = 0; i < KINDS; i++) {
			const struct pager_kind *kind = kinds[turn_of(i, round, KINDS)];

			if (wanted(t->o, kind->name))
				measure(t, round, kind, order, place, cpu);
		}
	}
}

void bench_touch(const struct options *o, struct results *results)
{
	uint64_t size = o->size ? o->size : o->quick ? 4 * MIB : 256 * MIB;
	struct touch t = {.o = o, .results = results, .pages = size / page_size()};

	pin_self(cpu_number(0));
	content_in_file(&t.content, size);
	t.orders[0] = sequence(t.pages);
	t.orders[1] = shuffled(t.pages);
	if (cpu_count() < 2)
		result_skip("touch", "other-cpu", "this process has one CPU");
	warm_memory(2 * size);
	for (int round = -1; round < o->rounds; round++) {
		measure_all(&t, round, "same-cpu", cpu_number(0));
		/* The round that does not count warms memory up, which does not take both. */
		if (cpu_count() >= 2 && round >= 0)
			measure_all(&t, round, "other-cpu", cpu_number(1));
	}
	free(t.orders[0]);
	free(t.orders[1]);
	content_free(&t.content);
}
