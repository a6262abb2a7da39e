/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: paging by the library, in the variants that the benches compare.
 * Must never: do more for the library than its manual tells a user to.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "library.h"
#include "pager.h"
#include "util.h"

struct library {
	struct uffd_ctx *ctx;
	struct loop_thread loop;
	int fd; /* of the memory, or -1 */
};

static int copy_page(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	const struct content *c = user;

	return uffd_copy(region, extent->offset, c->memory + extent->offset, extent->length, 0);
}

static int open_source(struct uffd_source **source, const struct content *c)
{
	return c->memory ? uffd_source_open_memory(source, c->memory, c->length)
			 : uffd_source_open_fd(source, c->fd, NULL);
}

/* Maps memory of the kind that the variant wants. */
static uint32_t map_memory(struct pager *p, struct library *l, struct uffd_region_opts *opts)
{
	const struct library_options *how = p->kind->library;

	if (how->memory == LIBRARY_ANONYMOUS) {
		p->memory = map_anonymous(p->length);
		return LIBUFFD_MISSING;
	}
	l->fd = memory_file(p->length);
	p->memory = map_shared(l->fd, p->length);
	opts->flags |= LIBUFFD_REGION_FD;
	opts->fd = l->fd;
	if (how->memory == LIBRARY_MEMFD_ALIAS)
		opts->flags |= LIBUFFD_REGION_ALIAS;
	return LIBUFFD_MISSING | LIBUFFD_MINOR;
}

static int add_region(struct pager *p, struct library *l)
{
	const struct library_options *how = p->kind->library;
	struct uffd_region_opts opts = {
		.size = sizeof(opts),
		.fault_around = how->one_page ? page_size() : 0,
	};
	struct uffd_region *region;
	uint32_t modes = map_memory(p, l, &opts);
	int error;

	if (how->source) {
		error = open_source(&opts.source, p->content);
		if (error)
			return error;
	} else {
		opts.fault = copy_page;
		opts.user = (void *)p->content;
	}
	error = uffd_region_add(&region, l->ctx, p->memory, p->length, modes, &opts);
	uffd_source_close(opts.source);
	return error;
}

static void close_context(struct pager *p, struct library *l, uint32_t how)
{
	int error = uffd_ctx_close(l->ctx, how);

	if (error)
		fatal("%s: uffd_ctx_close: %s", p->kind->name, strerror(-error));
	if (p->memory)
		unmap(p->memory, p->length);
	if (l->fd >= 0)
		close(l->fd);
	free(l);
}

static int start(struct pager *p)
{
	const struct library_options *how = p->kind->library;
	struct library *l = p->state = calloc(1, sizeof(*l));
	int error;

	if (!l)
		fatal("out of memory");
	l->fd = -1;
	p->memory = NULL;
	error = library_open(&l->ctx);
	if (error) {
		free(l);
		return error;
	}
	error = add_region(p, l);
	if (!error)
		error = loop_thread_start(&l->loop, l->ctx, p->cpu, how->poller, how->spin_ns);
	if (error)
		close_context(p, l, LIBUFFD_CLOSE_DROP);
	return error;
}

static void stop(struct pager *p)
{
	struct library *l = p->state;

	loop_thread_stop(&l->loop);
	/* Every page was touched, so there is nothing that the library could refuse for. */
	close_context(p, l, LIBUFFD_CLOSE_REFUSE);
}

#define KIND(symbol, text, ...)                                                                    \
	const struct pager_kind symbol = {text, start, stop,                                       \
					  &(const struct library_options){__VA_ARGS__}}

/* What is not named is the library's default: io_uring where there is one, adaptive spinning. */
KIND(pager_library, "library", .one_page = true);
KIND(pager_library_uring, "library-uring", .one_page = true, .poller = LIBUFFD_POLLER_URING);
KIND(pager_library_poll, "library-poll", .one_page = true, .poller = LIBUFFD_POLLER_POLL);
KIND(pager_library_no_spin, "library-no-spin", .one_page = true, .spin_ns = LIBUFFD_SPIN_NEVER);
KIND(pager_library_poll_no_spin, "library-poll-no-spin", .one_page = true,
     .poller = LIBUFFD_POLLER_POLL, .spin_ns = LIBUFFD_SPIN_NEVER);
KIND(pager_library_source, "library-source", .one_page = true, .source = true);

KIND(pager_library_file, "library-anon", .source = true);
KIND(pager_library_file_memfd, "library-memfd", .source = true, .memory = LIBRARY_MEMFD);
KIND(pager_library_file_alias, "library-memfd-alias", .source = true,
     .memory = LIBRARY_MEMFD_ALIAS);
