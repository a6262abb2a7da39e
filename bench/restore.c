/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: how long a program waits for its memory when it is restored from a file on a disk: until
 * the first page that it touches is there, and until the last.
 * Must never: leave anything of the file in the page cache from one variant to the next.
 */
#include "restore.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util.h"

static const struct restore_variant variants[] = {
	{"page", restore_start_page, restore_stop_pager, VARIANT_SLOW},
	{"page-mmap", restore_start_page_mmap, restore_stop_pager, VARIANT_SLOW},
	{"mmap", restore_start_mmap, restore_stop_pager, 0},
	{"read-first", restore_start_read_first, restore_stop_read_first, 0},
	{"demand", restore_start_demand, restore_stop_library, VARIANT_DIRECT},
	{"prefetch", restore_start_prefetch, restore_stop_library, VARIANT_DIRECT},
	{"replay", restore_start_replay, restore_stop_library, VARIANT_DIRECT},
	{"packed", restore_start_packed, restore_stop_library, VARIANT_DIRECT},
	{"demand-buffered", restore_start_demand, restore_stop_library, VARIANT_BUFFERED},
	{"prefetch-buffered", restore_start_prefetch, restore_stop_library, VARIANT_BUFFERED},
	{"replay-buffered", restore_start_replay, restore_stop_library, VARIANT_BUFFERED},
	{"packed-buffered", restore_start_packed, restore_stop_library, VARIANT_BUFFERED},
	{"disk", restore_start_disk, restore_stop_disk, VARIANT_REFERENCE},
	{"install", restore_start_install, restore_stop_install, VARIANT_REFERENCE},
};
#define VARIANTS (sizeof(variants) / sizeof(variants[0]))

/* Above this size the slow variants touch every page in one round only. */
#define SLOW_SIZE (64 * MIB)

static const char *const touch_names[TOUCH_COUNT] = {"all", "scattered"};

struct figures {
	uint64_t first_ns;
	uint64_t done_ns;
	uint64_t cpu_ns;
	uint64_t read; /* bytes, UINT64_MAX: unknown */
};

uint64_t restore_touch(const struct restore *r, const char *who, const uint8_t *memory,
		       size_t count)
{
	uint64_t first = 0;

	for (size_t i = 0; i < count; i++) {
		size_t page = r->order[i];
		const uint8_t *at = memory + page * page_size();

		if (*(const volatile uint64_t *)at != snapshot_word(&r->snapshot, page))
			fatal("%s: a thread saw wrong bytes in page %zu", who, page);
		if (i == 0)
			first = now_ns();
	}
	return first;
}

static void add(const struct restore_run *run, int round, const char *what, const char *unit,
		double value)
{
	const char *baseline = run->variant->flags & VARIANT_REFERENCE ? NULL : "page";
	char metric[48];

	snprintf(metric, sizeof(metric), "%s %s", touch_names[run->touch], what);
	result_add(run->restore->results, round, "restore", run->variant->name, metric, unit,
		   baseline, value);
}

static void report(const struct restore_run *run, int round, const struct figures *f)
{
	add(run, round, "done", "ms", (double)f->done_ns / 1e6);
	if (!(run->variant->flags & VARIANT_REFERENCE))
		add(run, round, "first touch", "ms", (double)f->first_ns / 1e6);
	add(run, round, "cpu", "ms", (double)f->cpu_ns / 1e6);
	if (f->read == UINT64_MAX)
		result_note("restore", "bytes read: unavailable: /proc/self/io does not tell");
	else
		add(run, round, "read", "MiB", (double)f->read / (double)MIB);
}

/* From before anything is opened until the last touch. */
static int run_clock(struct restore_run *run, struct figures *f)
{
	const struct restore *r = run->restore;
	const struct restore_variant *v = run->variant;
	uint64_t read = disk_bytes(), cpu = cpu_ns(), start = now_ns(), read_then;
	int error = v->start(run);

	if (error)
		return error;
	if (!(v->flags & VARIANT_REFERENCE))
		f->first_ns = restore_touch(r, v->name, run->memory, r->count[run->touch]) - start;
	f->done_ns = now_ns() - start;
	f->cpu_ns = cpu_ns() - cpu;
	read_then = disk_bytes();
	f->read = read_then == UINT64_MAX ? UINT64_MAX : read_then - read;
	return 0;
}

static void measure(struct restore *r, int round, const struct restore_variant *v, int touch)
{
	struct restore_run run = {.restore = r, .variant = v, .touch = touch};
	struct figures figures = {0};
	int error;

	snapshot_cold(&r->snapshot, r->recorded[touch].packed);
	warm_huge_memory(2 * r->snapshot.length);
	error = run_clock(&run, &figures);
	if (error) {
		result_skip("restore", v->name, strerror(-error));
		return;
	}
	if (run.memory)
		snapshot_verify(&r->snapshot, v->name, run.memory, r->order, r->count[touch]);
	v->stop(&run);
	report(&run, round, &figures);
}

static bool chosen(const struct restore *r, const struct restore_variant *v)
{
	if (v->flags & VARIANT_DIRECT && (!r->o->direct || r->snapshot.direct < 0))
		return false;
	if (v->flags & VARIANT_BUFFERED && !r->o->buffered)
		return false;
	return wanted(r->o, v->name);
}

static bool has_turn(const struct restore *r, int round, const struct restore_variant *v, int touch)
{
	if (v->flags & VARIANT_REFERENCE)
		return touch == TOUCH_ALL;
	if (round == 0 || touch != TOUCH_ALL || !(v->flags & VARIANT_SLOW) ||
	    r->snapshot.length <= SLOW_SIZE)
		return true;
	result_note("restore",
		    "page, page-mmap: every page in one round only, since they take long");
	return false;
}

static void measure_all(struct restore *r, int round, int touch)
{
	for (size_t i = 0; i < VARIANTS; i++) {
		const struct restore_variant *v = &variants[turn_of(i, round, VARIANTS)];

		if (chosen(r, v) && has_turn(r, round, v, touch))
			measure(r, round, v, touch);
	}
}

/* The first touch is of data: to find a hole is no feat. */
static void make_order(struct restore *r)
{
	size_t first = 0;
	uint32_t page;

	r->order = shuffled(r->snapshot.pages);
	while (!r->snapshot.data[r->order[first]])
		first++;
	page = r->order[first];
	r->order[first] = r->order[0];
	r->order[0] = page;
	r->count[TOUCH_ALL] = r->snapshot.pages;
	r->count[TOUCH_SCATTERED] = (r->snapshot.pages + 9) / 10;
}

static bool replays(const struct restore *r)
{
	for (size_t i = 0; i < VARIANTS; i++) {
		if ((variants[i].start == restore_start_replay ||
		     variants[i].start == restore_start_packed) &&
		    chosen(r, &variants[i]))
			return true;
	}
	return false;
}

static void prepare(struct restore *r)
{
	make_order(r);
	r->cpu = cpu_number(cpu_count() < 2 ? 0 : 1);
	if (cpu_count() < 2)
		result_note("restore",
			    "this process has one CPU: the handler runs on the toucher's");
	r->warm = map_anonymous(r->snapshot.length);
	snapshot_fill(&r->snapshot, r->warm);
	for (int touch = 0; touch < TOUCH_COUNT; touch++) {
		int error = 0;

		r->recorded[touch] = (struct recorded){-1, -1};
		if (replays(r))
			error = restore_record(r, touch);
		if (error)
			result_skip("restore", "recording", strerror(-error));
	}
}

static void finish(struct restore *r)
{
	for (int touch = 0; touch < TOUCH_COUNT; touch++) {
		if (r->recorded[touch].plain >= 0)
			close(r->recorded[touch].plain);
		if (r->recorded[touch].packed >= 0)
			close(r->recorded[touch].packed);
	}
	unmap(r->warm, r->snapshot.length);
	free(r->order);
	snapshot_free(&r->snapshot);
}

/* There is no round that does not count: nothing is to be warm but memory, which is each time. */
void bench_restore(const struct options *o, struct results *results)
{
	uint64_t size = o->size ? o->size : o->quick ? 8 * MIB : 512 * MIB;
	struct restore r = {.o = o, .results = results};

	pin_self(cpu_number(0));
	if (!snapshot_make(&r.snapshot, "restore", o, size, true))
		return;
	prepare(&r);
	for (int round = 0; round < o->rounds; round++) {
		for (int touch = 0; touch < TOUCH_COUNT; touch++)
			measure_all(&r, round, touch);
		restore_faults(&r, round);
	}
	finish(&r);
}
