/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See ahead.h. */
#include "serve/ahead.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uffd/prefetch.h>
#include <uffd/workingset.h>

#include "serve/vm.h"

static void name_file(const struct vm *vm, uint32_t region, char path[PATH_MAX])
{
	const char *file = vm->server->options->workingset;

	if (region)
		snprintf(path, PATH_MAX, "%s.%u", file, region);
	else
		snprintf(path, PATH_MAX, "%s", file);
}

static const char *why_not(int error)
{
	switch (error) {
	case -EBADMSG:
		return "damaged, or not a working set";
	case -EPROTONOSUPPORT:
		return "a working set of another version";
	case -EINVAL:
		return "not a regular file";
	case -EXDEV:
		return "the working set of other memory, or of another memory file";
	default:
		return strerror(-error);
	}
}

static int replay(struct vm *vm, uint32_t region, const char *path)
{
	struct uffd_prefetch_opts opts = {.size = sizeof(opts)};
	int ret = uffd_workingset_load(&opts.workingset, path, vm->regions[region]);

	if (ret < 0)
		return ret;
	ret = uffd_prefetch_start(&vm->ahead.replays[region], vm->regions[region], &opts);
	uffd_workingset_close(opts.workingset); /* the replay keeps it */
	return ret;
}

static void replay_all(struct vm *vm)
{
	char path[PATH_MAX];

	vm->ahead.replays = calloc(vm->region_count, sizeof(*vm->ahead.replays));
	for (uint32_t i = 0; vm->ahead.replays && i < vm->region_count; i++) {
		int ret;

		name_file(vm, i, path);
		ret = replay(vm, i, path);
		/* One that is yet to be recorded. */
		if (ret < 0 && !(ret == -ENOENT && vm->server->options->record))
			vm_say(vm, LIBUFFD_LOG_WARNING, "%s: %s; going on without it", path,
			       why_not(ret));
	}
}

static void hydrate_all(struct vm *vm)
{
	vm->ahead.hydrations = calloc(vm->region_count, sizeof(*vm->ahead.hydrations));
	for (uint32_t i = 0; vm->ahead.hydrations && i < vm->region_count; i++) {
		/* Begun later than the replay, it waits until that has ended. */
		int ret = uffd_prefetch_start(&vm->ahead.hydrations[i], vm->regions[i], NULL);

		if (ret < 0)
			vm_say(vm, LIBUFFD_LOG_WARNING, "the rest is not brought ahead: %s",
			       strerror(-ret));
	}
}

static void record_all(struct vm *vm)
{
	vm->ahead.recordings = calloc(vm->region_count, sizeof(*vm->ahead.recordings));
	for (uint32_t i = 0; vm->ahead.recordings && i < vm->region_count; i++) {
		int ret = uffd_workingset_record(&vm->ahead.recordings[i], vm->regions[i], NULL);

		if (ret < 0)
			vm_say(vm, LIBUFFD_LOG_WARNING, "no working set is recorded: %s",
			       strerror(-ret));
	}
}

/* Whether this VM is the one that is recorded. */
static bool take_recording(struct server *s)
{
	int nobody = RECORDING_NONE;

	return s->options->record &&
	       atomic_compare_exchange_strong(&s->recording, &nobody, RECORDING_BEGUN);
}

void ahead_begin(struct vm *vm)
{
	const struct options *o = vm->server->options;

	/* One that is taken over has asked for its working set already. */
	if (o->workingset && !vm->taken_over) {
		if (take_recording(vm->server))
			record_all(vm);
		else
			replay_all(vm);
	}
	if (o->hydrate)
		hydrate_all(vm);
}

/* 1: saved; 0: there was nothing to save; -errno. */
static int save(struct uffd_workingset *set, const char *path)
{
	struct uffd_workingset_info info = {.size = sizeof(info)};
	int ret = uffd_workingset_stop(set);

	if (ret == 0)
		ret = uffd_workingset_info(set, &info);
	/* A VM that ended before it began must not take the place of a good one. */
	if (ret < 0 || info.entries == 0)
		return ret;
	ret = uffd_workingset_save(set, path, 0);
	return ret < 0 ? ret : 1;
}

void ahead_save(struct vm *vm)
{
	struct ahead *ahead = &vm->ahead;
	char path[PATH_MAX];
	bool any = false;

	if (!ahead->recordings)
		return;
	for (uint32_t i = 0; i < vm->region_count; i++) {
		int ret = 0;

		name_file(vm, i, path);
		if (ahead->recordings[i])
			ret = save(ahead->recordings[i], path);
		if (ret < 0)
			vm_say(vm, LIBUFFD_LOG_WARNING, "%s: not saved: %s", path, strerror(-ret));
		any |= ret > 0;
		uffd_workingset_close(ahead->recordings[i]);
	}
	free(ahead->recordings);
	ahead->recordings = NULL;
	atomic_store(&vm->recorded, any);
	atomic_store(&vm->server->recording, any ? RECORDING_SAVED : RECORDING_NONE);
	server_ring(vm->server);
}

static void close_prefetches(const struct vm *vm, struct uffd_prefetch ***prefetches)
{
	for (uint32_t i = 0; *prefetches && i < vm->region_count; i++)
		uffd_prefetch_close((*prefetches)[i]);
	free(*prefetches);
	*prefetches = NULL;
}

void ahead_end(struct vm *vm)
{
	close_prefetches(vm, &vm->ahead.replays);
	close_prefetches(vm, &vm->ahead.hydrations);
	ahead_save(vm);
}
