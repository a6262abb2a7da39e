/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: restoring by the library, and the working sets that it replays.
 * Must never: time a recording.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "restore.h"
#include "util.h"

static int start_demand(struct restore_run *run, struct hydration *h)
{
	const struct restore *r = run->restore;
	struct hydration_options options = {
		.direct = run->variant->flags & VARIANT_DIRECT,
		.memfd = r->o->memfd,
		.cpu = r->cpu,
	};
	int error = hydration_open(h, &r->snapshot, &options);

	run->memory = h->memory;
	return error;
}

int restore_start_demand(struct restore_run *run)
{
	return start_demand(run, &run->hydration);
}

static int start_prefetch(struct restore_run *run, struct uffd_workingset *set)
{
	int error = hydration_prefetch(&run->hydration, set);

	if (error)
		hydration_close(&run->hydration);
	return error;
}

int restore_start_prefetch(struct restore_run *run)
{
	int error = start_demand(run, &run->hydration);

	return error ? error : start_prefetch(run, NULL);
}

/* Loading the set is a part of restoring. */
static int start_replay(struct restore_run *run, int fd)
{
	struct uffd_workingset *set;
	char path[32];
	int error;

	if (fd < 0)
		return -ENODATA;
	error = start_demand(run, &run->hydration);
	if (error)
		return error;
	descriptor_path(path, sizeof(path), fd);
	error = uffd_workingset_load(&set, path, run->hydration.region);
	if (error) {
		hydration_close(&run->hydration);
		return error;
	}
	error = start_prefetch(run, set);
	uffd_workingset_close(set);
	return error;
}

int restore_start_replay(struct restore_run *run)
{
	return start_replay(run, run->restore->recorded[run->touch].plain);
}

int restore_start_packed(struct restore_run *run)
{
	return start_replay(run, run->restore->recorded[run->touch].packed);
}

void restore_stop_library(struct restore_run *run)
{
	hydration_close(&run->hydration);
}

/* Saves the set into a file that loses its name at once; a negative errno, or its descriptor. */
static int save(struct uffd_workingset *set, const char *directory, uint32_t flags)
{
	char path[4096];
	int fd, error;

	snprintf(path, sizeof(path), "%s/uffd-bench-XXXXXX", directory);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		fatal("%s: %m", path);
	close(fd);
	error = uffd_workingset_save(set, path, flags);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fatal("%s: %m", path);
	unlink(path);
	if (!error)
		return fd;
	close(fd);
	return error;
}

static int record(struct restore *r, int touch, struct hydration *h)
{
	struct recorded *to = &r->recorded[touch];
	struct uffd_workingset *set;
	int error = uffd_workingset_record(&set, h->region, NULL);

	if (error)
		return error;
	restore_touch(r, "recording", h->memory, r->count[touch]);
	error = uffd_workingset_stop(set);
	if (!error) {
		to->plain = save(set, snapshot_directory(r->o), 0);
		to->packed = save(set, snapshot_directory(r->o), LIBUFFD_WORKINGSET_PACK);
		error = to->plain < 0 ? to->plain : to->packed < 0 ? to->packed : 0;
	}
	uffd_workingset_close(set);
	return error;
}

int restore_record(struct restore *r, int touch)
{
	struct hydration_options options = {.memfd = r->o->memfd, .cpu = r->cpu};
	struct hydration h;
	int error;

	/* What is asked for does not depend on how fast it comes. */
	snapshot_warm(&r->snapshot);
	error = hydration_open(&h, &r->snapshot, &options);
	if (error)
		return error;
	error = record(r, touch, &h);
	hydration_close(&h);
	return error;
}
