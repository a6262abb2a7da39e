/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: how long a thread waits for one page of data that is not there yet, while everything is
 * being brought and while nothing is.
 * Must never: count a page that was there, or that came before the thread slept.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "restore.h"
#include "util.h"

#define SAMPLES      1000 /* faults of a round */
#define SAMPLES_FEW  100  /* fewer say little of the slowest hundredth */
#define RESTORES_MAX 8    /* to have so many */

#define PAUSE_NS     200000 /* between two touches: what is brought meanwhile is for others */
#define FAULT_NS     2000   /* a touch that took less met no fault that slept */
#define PAGE_PRESENT (UINT64_C(1) << 63)

struct faults {
	uint64_t ns[SAMPLES];
	size_t count;
};

static bool present(int pagemap, const uint8_t *at)
{
	uint64_t entry;
	off_t offset = (off_t)((uintptr_t)at / page_size() * sizeof(entry));

	if (pread(pagemap, &entry, sizeof(entry), offset) != sizeof(entry))
		fatal("/proc/self/pagemap: %m");
	return entry & PAGE_PRESENT;
}

static uint64_t touch_one(const struct restore *r, const uint8_t *at, size_t page)
{
	uint64_t start = now_ns(), word = *(const volatile uint64_t *)at;
	uint64_t ns = now_ns() - start;

	if (word != snapshot_word(&r->snapshot, page))
		fatal("fault: a thread saw wrong bytes in page %zu", page);
	return ns;
}

static void pause_ns(uint64_t ns)
{
	uint64_t end = now_ns() + ns;

	while (now_ns() < end)
		;
}

/* As long as there are pages to come. */
static void touch_some(const struct restore *r, const struct hydration *h, bool prefetch,
		       int pagemap, struct faults *f)
{
	for (size_t i = 0; i < r->snapshot.pages && f->count < SAMPLES; i++) {
		size_t page = r->order[i];
		const uint8_t *at = h->memory + page * page_size();
		uint64_t ns;

		if (!r->snapshot.data[page] || present(pagemap, at))
			continue;
		ns = touch_one(r, at, page);
		if (prefetch && !hydration_runs(h))
			return;
		if (ns > FAULT_NS)
			f->ns[f->count++] = ns;
		pause_ns(PAUSE_NS);
	}
}

static int restore_once(const struct restore *r, bool prefetch, bool direct, int pagemap,
			struct faults *f)
{
	struct hydration_options options = {
		.direct = direct,
		.memfd = r->o->memfd,
		.cpu = r->cpu,
	};
	struct hydration h;
	int error;

	snapshot_cold(&r->snapshot, -1);
	warm_huge_memory(2 * r->snapshot.length);
	error = hydration_open(&h, &r->snapshot, &options);
	if (error)
		return error;
	if (prefetch)
		error = hydration_prefetch(&h, NULL);
	if (!error)
		touch_some(r, &h, prefetch, pagemap, f);
	hydration_close(&h);
	return error;
}

static void report(const struct restore *r, int round, const char *name, const char *baseline,
		   struct faults *f)
{
	static const struct {
		const char *metric;
		unsigned int permille;
	} metrics[] = {{"fault p50", 500}, {"fault p99", 990}};

	if (f->count < SAMPLES_FEW)
		result_note("restore", "%s: only %zu faults in a round: their p99 says little",
			    name, f->count);
	if (!f->count)
		return;
	for (size_t i = 0; i < 2; i++)
		result_add(r->results, round, "restore", name, metrics[i].metric, "us", baseline,
			   (double)percentile(f->ns, f->count, metrics[i].permille) / 1e3);
}

static void measure(const struct restore *r, int round, const char *name, const char *baseline,
		    bool prefetch, bool direct)
{
	struct faults faults = {.count = 0};
	int pagemap, error = 0;

	if (!wanted(r->o, name))
		return;
	pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (pagemap < 0) {
		result_skip("restore", "fault p99", "no /proc/self/pagemap");
		return;
	}
	for (int i = 0; !error && i < RESTORES_MAX && faults.count < SAMPLES; i++)
		error = restore_once(r, prefetch, direct, pagemap, &faults);
	close(pagemap);
	if (error)
		result_skip("restore", name, strerror(-error));
	else
		report(r, round, name, baseline, &faults);
}

void restore_faults(const struct restore *r, int round)
{
	if (r->o->direct && r->snapshot.direct >= 0) {
		measure(r, round, "demand", "demand", false, true);
		measure(r, round, "prefetch", "demand", true, true);
	}
	if (r->o->buffered) {
		measure(r, round, "demand-buffered", "demand-buffered", false, false);
		measure(r, round, "prefetch-buffered", "demand-buffered", true, false);
	}
}
