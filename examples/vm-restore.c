/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A virtual machine that runs before its memory has come.
 *
 *   1. A guest fills its memory with a pattern and pauses.
 *   2. Its memory and registers become a snapshot: a sparse file and a small one.
 *   3. A new VM goes on from there at once. Its memory is an empty memfd; what the guest touches,
 *      libuffd brings from the file, and the guest verifies every page in scattered order.
 *
 * Step 3 is restore(); what a program of your own needs is in vm/memory.c. By options memory comes
 * before it is touched, too (vm/ahead.c), what a run asks for is recorded (vm/record.c), and the
 * snapshot is a base with diffs over it (vm/layers.c). The rest of vm/ is not about userfaultfd.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <uffd.h>

#include "vm/ahead.h"
#include "vm/guest.h"
#include "vm/layers.h"
#include "vm/layout.h"
#include "vm/make.h"
#include "vm/memory.h"
#include "vm/options.h"
#include "vm/play.h"
#include "vm/record.h"
#include "vm/report.h"
#include "vm/util.h"

/* Looks at every byte through a mapping that raises no faults: is it in the memfd, and right? */
static int verify_on_host(const struct memory *m, const struct snapshot *snapshot)
{
	struct pattern_place bad;
	int ret = 0;
	void *at = mmap(NULL, m->size, PROT_READ, MAP_SHARED, m->fd, 0);

	if (at == MAP_FAILED)
		return complain_error("mmap", errno);
	if (!pattern_verify(at, m->size, &snapshot->pattern, &bad))
		ret = complain_format("the host", "page %" PRIu64 " is wrong at byte %u", bad.page,
				      bad.word * 8);
	munmap(at, m->size);
	return ret;
}

/* Step 3. */
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
	struct uffd_stats stats = {.size = sizeof(stats)};
	const struct ways ways = {
		.ahead = &r->ahead,
		.layers = r->layers.count,
		.direct = r->memory.direct,
		.recorded = r->recording != NULL,
	};
	struct outcome outcome;
	int recorded, ret;

	if (go_on(r->options, snapshot, &r->memory, TASK_VERIFY, &r->ahead, &outcome) < 0)
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

static int restore(const struct options *options, char *const *paths, size_t count)
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

/* Steps 1 and 2; with layers the guest goes on from these, and the snapshot is a diff. */
static int make(const struct options *options, const char *path)
{
	struct snapshot snapshot;
	struct layers below;
	int ret = -1;

	if (snapshot_name(&snapshot, path) < 0)
		return -1;
	if (!options->layer_count)
		return make_base(options, &snapshot);
	if (layers_read(&below, options->layers, options->layer_count) == 0)
		ret = make_diff(options, &below, &snapshot);
	layers_free(&below);
	return ret;
}

/* All steps, in a directory that is gone afterwards. */
static int demonstrate(const struct options *options)
{
	const char *parent = getenv("TMPDIR");
	char dir[PATH_MAX - 16], path[PATH_MAX], *paths[] = {path};
	struct snapshot snapshot;
	int ret = -1;

	snprintf(dir, sizeof(dir), "%s/vm-restore-XXXXXX", parent && *parent ? parent : "/tmp");
	if (!mkdtemp(dir))
		return complain_error(dir, errno);
	snprintf(path, sizeof(path), "%s/guest", dir);
	if (make(options, path) == 0)
		ret = restore(options, paths, 1);
	if (snapshot_name(&snapshot, path) == 0)
		snapshot_remove(&snapshot);
	if (rmdir(dir) < 0)
		return complain_error(dir, errno);
	return ret;
}

static const char help[] =
	"vm-restore [options]                make and restore, in a temporary directory\n"
	"vm-restore make --snapshot PATH     run a guest, write its snapshot\n"
	"    with --layers PATH,...          let that guest go on, write what it has changed\n"
	"vm-restore restore --snapshot PATH  run it before its memory has come\n"
	"    or --layers PATH,...\n"
	"\n";

static int run(struct options *options)
{
	const char *command = options->command;

	if (!command) {
		if (options->snapshot || options->layer_count)
			return complain("--snapshot and --layers", "are for make and restore");
		return demonstrate(options);
	}
	if (!strcmp(command, "make")) {
		if (!options->snapshot)
			return complain(command, "wants --snapshot PATH");
		if (options->prefetch || options->replay || options->record || options->trace)
			return complain(command, "--prefetch, --replay, --record and --trace are "
						 "for restore");
		return make(options, options->snapshot);
	}
	if (strcmp(command, "restore"))
		return complain(command, "no such command; see --help");
	if (!options->snapshot == !options->layer_count)
		return complain(command, "wants --snapshot PATH, or --layers PATH,...");
	if (options->snapshot)
		return restore(options, &options->snapshot, 1);
	return restore(options, options->layers, options->layer_count);
}

int main(int argc, char **argv)
{
	struct options options;
	int ret = 0;

	if (options_parse(&options, argc, argv) < 0)
		return EXIT_FAILURE;
	catch_interrupts();
	if (options.help)
		printf("%s%s", help, options_help);
	else
		ret = run(&options);
	options_free(&options);
	if (interrupted()) {
		complain("stopped", "by a signal");
		return 130;
	}
	return ret < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
