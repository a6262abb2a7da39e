/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: memory that the library fills from a snapshot.
 * Must never: do more for the library than its manual tells a user to.
 */
#include "hydration.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util.h"

#define HUGE_PAGE (2 * MIB)

static void check(const char *what, int error)
{
	if (error)
		fatal("%s: %s", what, strerror(-error));
}

static int map_memory(struct hydration *h, const struct hydration_options *o)
{
	if (o->memfd)
		h->fd = o->huge ? huge_memory_file(h->length) : memory_file(h->length);
	if (o->memfd && h->fd < 0)
		return h->fd;
	h->mapping_length = h->length + HUGE_PAGE;
	h->mapping = map_anonymous(h->mapping_length);
	h->memory = (uint8_t *)(((uintptr_t)h->mapping + HUGE_PAGE - 1) & -HUGE_PAGE);
	if (h->fd < 0)
		return 0;
	if (mmap(h->memory, h->length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, h->fd, 0) ==
	    MAP_FAILED)
		fatal("mapping a file of %zu bytes: %m", (size_t)h->length);
	return 0;
}

static void unmap_memory(struct hydration *h)
{
	unmap(h->mapping, h->mapping_length);
	if (h->fd >= 0)
		close(h->fd);
}

static int open_source(struct uffd_source **source, const struct snapshot *s, bool direct)
{
	struct uffd_source_file_opts opts = {
		.size = sizeof(opts),
		.flags = direct ? LIBUFFD_SOURCE_DIRECT : 0,
	};

	/* The descriptor without O_DIRECT: asking the library for it is a part of what is measured. */
	return uffd_source_open_fd(source, s->fd, &opts);
}

static int add_region(struct hydration *h, const struct snapshot *s,
		      const struct hydration_options *o)
{
	struct uffd_region_opts opts = {
		.size = sizeof(opts),
		.fault_around = o->fault_around,
		.install = o->install,
	};
	uint32_t modes = LIBUFFD_MISSING;
	int error;

	if (o->memfd) {
		modes |= LIBUFFD_MINOR;
		opts.flags = LIBUFFD_REGION_FD | LIBUFFD_REGION_ALIAS;
		opts.fd = h->fd;
	}
	error = open_source(&opts.source, s, o->direct);
	if (error)
		return error;
	error = uffd_region_add(&h->region, h->ctx, h->memory, h->length, modes, &opts);
	uffd_source_close(opts.source);
	return error;
}

int hydration_open(struct hydration *h, const struct snapshot *s, const struct hydration_options *o)
{
	int error;

	*h = (struct hydration){.length = o->length ? o->length : s->length, .fd = -1};
	error = library_open(&h->ctx);
	if (error)
		return error;
	error = map_memory(h, o);
	if (error) {
		check("uffd_ctx_close", uffd_ctx_close(h->ctx, LIBUFFD_CLOSE_DROP));
		return error;
	}
	error = add_region(h, s, o);
	if (!error)
		error = loop_thread_start(&h->loop, h->ctx, o->cpu, LIBUFFD_POLLER_AUTO,
					  LIBUFFD_SPIN_ADAPTIVE);
	if (error) {
		check("uffd_ctx_close", uffd_ctx_close(h->ctx, LIBUFFD_CLOSE_DROP));
		unmap_memory(h);
	}
	return error;
}

int hydration_prefetch(struct hydration *h, struct uffd_workingset *set)
{
	struct uffd_prefetch_opts opts = {.size = sizeof(opts), .workingset = set};

	return uffd_prefetch_start(&h->prefetch, h->region, &opts);
}

bool hydration_runs(const struct hydration *h)
{
	struct uffd_prefetch_progress progress = {.size = sizeof(progress)};

	check("uffd_prefetch_progress", uffd_prefetch_progress(h->prefetch, &progress));
	return progress.state == LIBUFFD_PREFETCH_RUNNING;
}

void hydration_wait(struct hydration *h)
{
	check("uffd_prefetch_wait", uffd_prefetch_wait(h->prefetch, NULL));
}

static void end_prefetch(struct hydration *h)
{
	int error;

	check("uffd_prefetch_cancel", uffd_prefetch_cancel(h->prefetch));
	error = uffd_prefetch_wait(h->prefetch, NULL);
	if (error && error != -ECANCELED)
		fatal("uffd_prefetch_wait: %s", strerror(-error));
	uffd_prefetch_close(h->prefetch);
}

void hydration_close(struct hydration *h)
{
	if (h->prefetch)
		end_prefetch(h);
	loop_thread_stop(&h->loop);
	/* Nobody will touch the memory again. */
	check("uffd_ctx_close", uffd_ctx_close(h->ctx, LIBUFFD_CLOSE_DROP));
	unmap_memory(h);
}
