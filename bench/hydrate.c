/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what the ways to install cost that the library has for a source: copying, reading into an
 * alias, moving huge pages.
 * Must never: let anybody touch the memory meanwhile.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "hydration.h"
#include "snapshot.h"
#include "util.h"

struct hydrate {
	const struct options *o;
	struct results *results;
	struct snapshot snapshot; /* all data: huge pages have no holes */
	int cpu;
};

struct variant {
	const char *name;
	const char *baseline;
	bool memfd;
	bool huge; /* a file that takes huge pages */
	uint32_t install;
};

static const struct variant variants[] = {
	{"memfd-copy", "memfd-copy", true, false, LIBUFFD_INSTALL_COPY},
	{"memfd-alias", "memfd-copy", true, false, LIBUFFD_INSTALL_ALIAS},
	{"tmpfs-copy", "tmpfs-copy", true, true, LIBUFFD_INSTALL_COPY},
	{"tmpfs-auto", "tmpfs-copy", true, true, LIBUFFD_INSTALL_AUTO},
	{"anon-copy", "anon-copy", false, false, LIBUFFD_INSTALL_COPY},
	{"anon-move", "anon-copy", false, false, LIBUFFD_INSTALL_MOVE},
};
#define VARIANTS (sizeof(variants) / sizeof(variants[0]))

/* Bytes in huge pages of the mappings in [at, at + length): being registered, these are its alone. */
static uint64_t huge_bytes(const uint8_t *at, uint64_t length)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	unsigned long long start, end, kb;
	uint64_t bytes = 0;
	bool inside = false;
	char line[512];

	if (!f)
		fatal("/proc/self/smaps: %m");
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%llx-%llx ", &start, &end) == 2)
			inside = start < (uintptr_t)at + length && end > (uintptr_t)at;
		else if (inside && sscanf(line, "AnonHugePages: %llu kB", &kb) == 1)
			bytes += kb * KIB;
	}
	fclose(f);
	return bytes;
}

static void add(struct hydrate *b, int round, const struct variant *v, bool cold, const char *what,
		const char *unit, double value)
{
	char metric[48];

	snprintf(metric, sizeof(metric), "%s %s", cold ? "cold" : "warm", what);
	result_add(b->results, round, "hydrate", v->name, metric, unit, v->baseline, value);
}

/* Warm: through the page cache, which has it all. Cold: from the disk, past the page cache. */
static int open_one(struct hydrate *b, const struct variant *v, bool cold, struct hydration *h)
{
	uint64_t length = b->snapshot.length;
	struct hydration_options options = {
		.length = v->memfd ? length / 2 : length,
		.install = v->install,
		.direct = cold,
		.memfd = v->memfd,
		.huge = v->huge,
		.cpu = b->cpu,
	};

	if (cold)
		snapshot_cold(&b->snapshot, -1);
	else
		snapshot_warm(&b->snapshot);
	warm_huge_memory(2 * length);
	return hydration_open(h, &b->snapshot, &options);
}

static void measure(struct hydrate *b, int round, const struct variant *v, bool cold)
{
	uint64_t start, cpu, ns;
	struct hydration h;
	double pages;
	int error;

	error = open_one(b, v, cold, &h);
	if (error) {
		result_skip("hydrate", v->name, strerror(-error));
		return;
	}
	cpu = cpu_ns();
	start = now_ns();
	error = hydration_prefetch(&h, NULL);
	if (error) {
		result_skip("hydrate", v->name, strerror(-error));
		hydration_close(&h);
		return;
	}
	hydration_wait(&h);
	ns = now_ns() - start;
	cpu = cpu_ns() - cpu;
	pages = (double)(h.length / page_size());
	add(b, round, v, cold, "time", "ms", (double)ns / 1e6);
	add(b, round, v, cold, "cpu per page", "us", (double)cpu / 1e3 / pages);
	if (!v->memfd)
		add(b, round, v, cold, "huge pages", "%",
		    100.0 * (double)huge_bytes(h.memory, h.length) / (double)h.length);
	snapshot_verify(&b->snapshot, v->name, h.memory, NULL, h.length / page_size());
	hydration_close(&h);
}

static void measure_all(struct hydrate *b, int round, bool cold)
{
	for (size_t i = 0; i < VARIANTS; i++) {
		const struct variant *v = &variants[turn_of(i, round, VARIANTS)];

		if (wanted(b->o, v->name) && !(cold && v->memfd))
			measure(b, round, v, cold);
	}
}

void bench_hydrate(const struct options *o, struct results *results)
{
	uint64_t size = o->size ? o->size : o->quick ? 16 * MIB : 512 * MIB;
	struct hydrate b = {.o = o, .results = results};

	/* Whole huge pages, and the half of them. */
	size = (size + 4 * MIB - 1) & -(4 * MIB);
	pin_self(cpu_number(0));
	if (!snapshot_make(&b.snapshot, "hydrate", o, size, false))
		return;
	b.cpu = cpu_number(cpu_count() < 2 ? 0 : 1);
	for (int round = -1; round < o->rounds; round++) {
		measure_all(&b, round, false);
		if (b.snapshot.direct >= 0)
			measure_all(&b, round, true);
	}
	snapshot_free(&b.snapshot);
}
