/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what make.h says. Must never: see make.h. */
#include "make.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "layout.h"
#include "memory.h"
#include "play.h"
#include "util.h"

#define MIB (UINT64_C(1) << 20)

static int write_snapshot(struct snapshot *snapshot, void *memory, snapshot_keep_fn keep,
			  void *user)
{
	/* A few words of each page are the guest's own work; the others are written for it. */
	pattern_complete(memory, snapshot->memory_size, &snapshot->pattern);
	return snapshot_write(snapshot, memory, keep, user);
}

static int fill(const struct options *options, void *memory, struct snapshot *snapshot)
{
	struct guest guest;
	int ret = -1;

	if (guest_open(&guest, choose_guest(options), memory, options->memory, &snapshot->pattern) <
	    0)
		return -1;
	if (guest.ops->begin(&guest) == 0 && run_guest(&guest, "filling", GUEST_PAUSED, NULL) == 0)
		ret = guest.ops->get_cpu(&guest, &snapshot->cpu);
	guest_close(&guest);
	return ret;
}

int make_base(const struct options *options, struct snapshot *snapshot)
{
	void *memory = mmap(NULL, options->memory, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int ret;

	if (memory == MAP_FAILED)
		return complain_error("memory", errno);
	snapshot->memory_size = options->memory;
	snapshot->pattern = (struct pattern){0};
	if (getrandom(&snapshot->pattern.seed, sizeof(snapshot->pattern.seed), 0) < 0)
		ret = complain_error("getrandom", errno);
	else
		ret = fill(options, memory, snapshot);
	if (ret == 0)
		ret = write_snapshot(snapshot, memory, snapshot_keep_data, NULL);
	if (ret == 0)
		printf("snapshot: %s: %" PRIu64 " MiB, of which %" PRIu64 " MiB are holes\n",
		       snapshot->memory_path, snapshot->memory_size / MIB,
		       (snapshot->memory_size - snapshot->memory_data) / MIB);
	munmap(memory, options->memory);
	return ret;
}

/* The memory of a guest that has gone on, and the same as it was. Both come as they are touched. */
struct change {
	struct memory now;
	struct memory before;
};

/* What nobody has asked for cannot have changed. */
static bool is_touched(struct uffd_region *region, uint64_t offset, uint64_t length)
{
	uint64_t page = uffd_region_page_size(region);

	for (uint64_t at = offset; at < offset + length; at += page)
		if (LIBUFFD_PAGE_STATE(uffd_region_page(region, at)) != LIBUFFD_PAGE_EMPTY)
			return true;
	return false;
}

static int keep_changed(const void *part, uint64_t offset, uint64_t length, void *user)
{
	const struct change *change = user;
	int ret;

	if (!is_touched(change->now.region, offset, length))
		return 0;
	/* An access would end in SIGBUS where a page cannot be brought; this says so. */
	ret = uffd_demand(change->now.region, offset, length, NULL);
	if (ret == 0)
		ret = uffd_demand(change->before.region, offset, length, NULL);
	if (ret < 0)
		return ret;
	return memcmp(part, (const char *)change->before.at + offset, length) != 0;
}

int make_diff(const struct options *options, const struct layers *below, struct snapshot *snapshot)
{
	const struct snapshot *from = layers_newest(below);
	struct change change = {MEMORY_NONE, MEMORY_NONE};
	struct outcome outcome;
	int ret = -1;

	if (from->pattern.program == PROGRAM_COUNT)
		return complain(from->state_path, "its guest counts: there is no pause to change "
						  "memory after");
	snapshot->memory_size = from->memory_size;
	snapshot->pattern = from->pattern;
	snapshot->pattern.generation++;
	if (memory_attach(&change.now, below, options) == 0 &&
	    memory_attach(&change.before, below, options) == 0 &&
	    go_on(options, from, &change.now, TASK_CHANGE, NULL, &outcome) == 0) {
		snapshot->cpu = outcome.cpu;
		ret = write_snapshot(snapshot, change.now.at, keep_changed, &change);
	}
	memory_free(&change.now);
	memory_free(&change.before);
	if (ret == 0)
		printf("diff: %s: %.1f of %" PRIu64 " MiB changed\n", snapshot->memory_path,
		       (double)snapshot->memory_data / (double)MIB, snapshot->memory_size / MIB);
	return ret;
}
