/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what restore.h says. Must never: see restore.h. */
#include "restore.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>

#include "ahead.h"
#include "count.h"
#include "layers.h"
#include "layout.h"
#include "memory.h"
#include "play.h"
#include "record.h"
#include "report.h"
#include "util.h"

/* Looks at every byte through a mapping that raises no faults: is it in the memfd, and right? */
static int verify_on_host(const struct memory *m, const struct snapshot *snapshot)
{
	struct pattern_place bad;
	struct count count;
	bool right;
	int ret = 0;
	void *at = mmap(NULL, m->size, PROT_READ, MAP_SHARED, m->fd, 0);

	if (at == MAP_FAILED)
		return complain_error("mmap", errno);
	if (snapshot->pattern.program == PROGRAM_COUNT)
		right = count_verify(at, m->size, &snapshot->pattern, &count, &bad);
	else
		right = pattern_verify(at, m->size, &snapshot->pattern, &bad);
	if (!right)
		ret = complain_format("the host", "page %" PRIu64 " is wrong at byte %u", bad.page,
				      bad.word * 8);
	munmap(at, m->size);
	return ret;
}

struct restore {
	const struct options *options;
	uint64_t begin_ns;
	struct layers layers;
	struct memory memory;
	struct ahead ahead;
	struct uffd_workingset *recording; /* or NULL */
};

/* The guest goes on while its memory comes. 0: it has verified all of it, and so has the host. */
static int run_restored(struct restore *r)
{
	const struct snapshot *snapshot = layers_newest(&r->layers);
	bool counts = snapshot->pattern.program == PROGRAM_COUNT;
	struct uffd_stats stats = {.size = sizeof(stats)};
	const struct ways ways = {
		.ahead = &r->ahead,
		.layers = r->layers.count,
		.direct = r->memory.direct,
		.recorded = r->recording != NULL,
		.counts = counts,
	};
	struct outcome outcome;
	int recorded, ret;

	if (go_on(r->options, snapshot, &r->memory, counts ? TASK_COUNT : TASK_VERIFY, &r->ahead,
		  &outcome) < 0)
		return -1;
	ahead_wait(&r->ahead);
	ret = uffd_ctx_stats(r->memory.ctx, &stats);
	if (ret < 0)
		return complain_error("uffd_ctx_stats", ret);
	recorded = record_end(r->recording, r->options);
	memory_stop_serving(&r->memory);
	report(&stats, &outcome, r->begin_ns, &ways);
	if (verify_on_host(&r->memory, snapshot) < 0)
		return -1;
	printf("every page verified\n");
	return recorded;
}

int restore(const struct options *options, char *const *paths, size_t count)
{
	struct restore r = {.options = options, .begin_ns = now_ns(), .memory = MEMORY_NONE};
	int ret = -1;

	if (layers_read(&r.layers, paths, count) == 0 &&
	    memory_attach(&r.memory, &r.layers, options) == 0 &&
	    record_begin(&r.recording, options, r.memory.region) == 0) {
		ahead_begin(&r.ahead, options, r.memory.region);
		ret = run_restored(&r);
		ahead_close(&r.ahead);
		uffd_workingset_close(r.recording);
	}
	memory_free(&r.memory);
	layers_free(&r.layers);
	return ret;
}
