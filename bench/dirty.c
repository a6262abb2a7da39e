/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what it costs to know which pages were written: one page in a hundred, in no order. The
 * time of the writer counts as that of whoever collects.
 * Must never: count the first cycle: what follows is what a program pays that tracks all along.
 */
#include "dirty.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench.h"
#include "util.h"

static const struct dirty_kind *const kinds[] = {
	&dirty_none, &dirty_sigsegv, &dirty_soft, &dirty_bare, &dirty_async, &dirty_sync,
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct dirty {
	const struct options *o;
	struct results *results;
	size_t length;
	size_t pages;
	size_t written;  /* pages a cycle */
	uint32_t *order; /* all pages; each cycle writes the next ones of it */
	size_t at;
	uint8_t *expected; /* a byte a page */
};

struct cycle {
	uint64_t write_ns;
	uint64_t collect_ns;
};

void dirty_found(struct dirty_tracking *t, uint64_t offset, uint64_t length)
{
	struct uffd_range *last = t->count ? &t->found[t->count - 1] : NULL;

	if (last && last->offset + last->length == offset) {
		last->length += length;
		return;
	}
	if (t->count == t->room)
		fatal("dirty: more is found than was written");
	t->found[t->count++] = (struct uffd_range){.offset = offset, .length = length};
}

static void write_pages(const struct dirty *d, uint8_t *memory)
{
	const uint32_t *order = d->order + d->at;

	for (size_t i = 0; i < d->written; i++)
		*(volatile uint64_t *)(memory + order[i] * page_size()) = i;
}

/* Exactly what was written: nothing else, nothing twice. */
static void verify(const struct dirty *d, const char *who, const struct dirty_tracking *t)
{
	size_t pages = 0;

	for (size_t i = 0; i < d->written; i++)
		d->expected[d->order[d->at + i]] = 1;
	for (size_t i = 0; i < t->count; i++) {
		size_t first = t->found[i].offset / page_size();
		size_t count = t->found[i].length / page_size();

		pages += count;
		for (size_t page = first; page < first + count; page++) {
			if (page >= d->pages || !d->expected[page])
				fatal("%s: found page %zu, which nobody wrote", who, page);
			d->expected[page] = 0;
		}
	}
	if (pages != d->written)
		fatal("%s: found %zu of %zu pages", who, pages, d->written);
}

static struct cycle cycle(struct dirty *d, const struct dirty_kind *kind, struct dirty_tracking *t)
{
	struct cycle c;
	uint64_t start;

	if (d->at + d->written > d->pages)
		d->at = 0;
	t->count = 0;
	start = now_ns();
	write_pages(d, t->memory);
	c.write_ns = now_ns() - start;
	start = now_ns();
	kind->collect(t);
	c.collect_ns = now_ns() - start;
	if (kind != &dirty_none)
		verify(d, kind->name, t);
	d->at += d->written;
	return c;
}

static void add(const struct dirty *d, int round, const struct dirty_kind *kind, const char *metric,
		uint64_t ns)
{
	result_add(d->results, round, "dirty", kind->name, metric, "ms", dirty_sigsegv.name,
		   (double)ns / 1e6);
}

static void report(const struct dirty *d, int round, const struct dirty_kind *kind,
		   uint64_t start_ns, const struct cycle *c)
{
	add(d, round, kind, "write", c->write_ns);
	if (kind == &dirty_none)
		return;
	add(d, round, kind, "collect", c->collect_ns);
	add(d, round, kind, "cycle", c->write_ns + c->collect_ns);
	add(d, round, kind, "start", start_ns);
}

/* 0 or a negative errno, with nothing to undo. */
static int start(const struct dirty_kind *kind, struct dirty_tracking *t, uint64_t *ns)
{
	int error = kind->open(t);
	uint64_t start;

	if (error)
		return error;
	start = now_ns();
	error = kind->start(t);
	*ns = now_ns() - start;
	return error;
}

static void measure(struct dirty *d, int round, const struct dirty_kind *kind,
		    struct dirty_tracking *t)
{
	uint64_t start_ns;
	struct cycle c;
	int error;

	t->memory = map_anonymous(d->length);
	if (madvise(t->memory, d->length, MADV_NOHUGEPAGE) < 0 && errno != EINVAL)
		fatal("MADV_NOHUGEPAGE: %m");
	memset(t->memory, 1, d->length);
	error = start(kind, t, &start_ns);
	if (error) {
		result_skip("dirty", kind->name, strerror(-error));
	} else {
		cycle(d, kind, t);
		c = cycle(d, kind, t);
		kind->stop(t);
		report(d, round, kind, start_ns, &c);
	}
	unmap(t->memory, d->length);
}

void bench_dirty(const struct options *o, struct results *results)
{
	uint64_t size = o->size ? o->size : o->quick ? 8 * MIB : GIB;
	struct dirty d = {.o = o, .results = results, .length = size, .pages = size / page_size()};
	struct dirty_tracking t = {.length = size};

	d.written = (d.pages + 99) / 100;
	d.order = shuffled(d.pages);
	d.expected = calloc(d.pages, 1);
	/* One more, so that what is too much is seen. */
	t.room = d.written + 1;
	t.found = calloc(t.room, sizeof(*t.found));
	if (!d.expected || !t.found)
		fatal("out of memory");
	pin_self(cpu_number(0));
	warm_memory(size + size / 8);
	for (int round = -1; round < o->rounds; round++) {
		for (size_t i = 0; i < KINDS; i++) {
			const struct dirty_kind *kind = kinds[turn_of(i, round, KINDS)];

			if (wanted(o, kind->name))
				measure(&d, round, kind, &t);
		}
	}
	free(t.found);
	free(d.expected);
	free(d.order);
}
