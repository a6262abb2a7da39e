/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a pager's life: made with a context's first source, told of loops and regions, freed with
 * the context; and which way of installing a region gets.
 * Must never: read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <uffd/raw.h>

#include "pager/pager.h"
#include "pager/prefetch.h"
#include "pager/recording.h"
#include "util/pages.h"

static void free_pager(void *filler)
{
	struct pager *p = filler;

	/*
	 * In a forked child its threads are not there, nor its buffers, and what is mapped where
	 * they were is the child's own; its locks are in whatever state they were.
	 */
	if (ctx_is_ours(p->ctx)) {
		pool_fini(&p->pool);
		pthread_mutex_destroy(&p->lock);
		buffers_fini(&p->buffers);
	}
	pages_free(p->reads, READS * sizeof(*p->reads));
	free(p);
}

/* Reads would otherwise be made one after another, by the very thread that has faults to answer. */
static void reader_came(void *filler)
{
	struct pager *p = filler;

	if (p->wants_threads ||
	    (atomic_load(&p->ctx->reads_files) && !atomic_load(&p->ctx->reader_reads)))
		pool_start(&p->pool);
}

static void leave(void *filler, struct uffd_region *r)
{
	if (!ctx_is_ours(r->ctx))
		return;
	prefetch_leave(filler, r);
	recording_end(r);
}

static const struct filler_ops ops = {
	.reader_came = reader_came,
	.work = prefetch_work,
	.leave = leave,
	.free = free_pager,
};

static struct pager *make(struct uffd_ctx *ctx)
{
	struct pager *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->ctx = ctx;
	p->reads = pages_alloc(READS * sizeof(*p->reads));
	if (!p->reads || buffers_init(&p->buffers, ctx->buffer_bytes) < 0) {
		pages_free(p->reads, READS * sizeof(*p->reads));
		free(p);
		return NULL;
	}
	pool_init(&p->pool);
	pthread_mutex_init(&p->lock, NULL);
	return p;
}

static struct pager *pager_for(struct uffd_ctx *ctx)
{
	struct pager *p;

	pthread_mutex_lock(&ctx->lock);
	p = ctx->filler;
	if (!p && (p = make(ctx))) {
		ctx->filler = p;
		atomic_store(&ctx->filler_ops, &ops);
	}
	pthread_mutex_unlock(&ctx->lock);
	return p;
}

/* Which of its files, or those of its layers, a ring can read, and which need threads. */
static void look_at_files(struct pager *p, const struct uffd_source *s)
{
	for (size_t i = 0; i < s->layer_count; i++)
		look_at_files(p, s->layers[i]);
	if (!s->choose)
		return;
	if (s->blocks)
		atomic_store(&p->wants_threads, true);
	else
		atomic_store(&p->ctx->reads_files, true);
}

static bool can_move(const struct uffd_region *r)
{
	return r->backing->movable && r->modes & LIBUFFD_MISSING &&
	       !(r->flags & LIBUFFD_REGION_FOREIGN) && r->ctx->features & UFFD_FEATURE_MOVE;
}

static bool can_alias(const struct uffd_region *r)
{
	return r->alias && !(r->flags & LIBUFFD_REGION_TRUST_CACHE) &&
	       (r->modes & (LIBUFFD_MISSING | LIBUFFD_MINOR)) == (LIBUFFD_MISSING | LIBUFFD_MINOR);
}

/* Huge pages of a file are had through the alias alone: COPY brings small ones. */
static void want_huge_alias(struct uffd_region *r)
{
	r->install_huge = LIBUFFD_INSTALL_ALIAS;
	madvise(r->alias, (size_t)r->length, MADV_HUGEPAGE);
}

static void choose_automatic(struct uffd_region *r)
{
	bool alias = can_alias(r) && r->flags & LIBUFFD_REGION_ALIAS;

	r->install = LIBUFFD_INSTALL_COPY;
	if (alias && r->backing->huge)
		r->install = LIBUFFD_INSTALL_ALIAS;
	else if (alias)
		want_huge_alias(r);
	else if (can_move(r))
		r->install_huge = LIBUFFD_INSTALL_MOVE;
}

/* 0, or -EOPNOTSUPP. */
static int choose_install(struct uffd_region *r, uint32_t wanted)
{
	bool able = r->modes & LIBUFFD_MISSING;

	r->install = wanted;
	switch (wanted) {
	case LIBUFFD_INSTALL_AUTO:
		choose_automatic(r);
		break;
	case LIBUFFD_INSTALL_MOVE:
		able = can_move(r);
		r->install = LIBUFFD_INSTALL_COPY;
		r->install_huge = LIBUFFD_INSTALL_MOVE;
		break;
	case LIBUFFD_INSTALL_ALIAS:
		able = can_alias(r);
		if (able && !r->backing->huge) {
			want_huge_alias(r);
			r->takes_huge = HUGE_YES;
		}
		break;
	case LIBUFFD_INSTALL_POPULATE:
		able = able && !(r->flags & LIBUFFD_REGION_TRUST_CACHE) &&
		       r->modes & LIBUFFD_MINOR && r->fd >= 0 && r->backing->writable_file;
		break;
	}
	return able ? 0 : -EOPNOTSUPP;
}

static bool writes_cache(const struct uffd_region *r)
{
	return r->install == LIBUFFD_INSTALL_ALIAS || r->install == LIBUFFD_INSTALL_POPULATE ||
	       r->install_huge == LIBUFFD_INSTALL_ALIAS;
}

/*
 * Whether the program has pages there already. COPY meets them and leaves them; whoever writes to
 * the cache must look first. True where it cannot be known.
 */
static bool has_pages(const struct uffd_region *r)
{
	struct page_region found;
	struct pm_scan_arg arg = {
		.size = sizeof(arg),
		.start = r->parts[0].address,
		.end = r->parts[0].address + r->length,
		.vec = (uint64_t)(uintptr_t)&found,
		.vec_len = 1,
		.max_pages = 1,
		.category_anyof_mask = PAGE_IS_PRESENT | PAGE_IS_SWAPPED,
		.return_mask = PAGE_IS_PRESENT | PAGE_IS_SWAPPED,
	};
	int fd, n;

	if (r->flags & LIBUFFD_REGION_FOREIGN)
		return false;
	fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	n = uffd_raw_pagemap_scan(fd, &arg);
	close(fd);
	return n != 0;
}

int pager_attach(struct uffd_region *r, uint32_t install)
{
	struct uffd_ctx *ctx = r->ctx;
	struct pager *p;
	bool looped;
	int ret = 0;

	/* WP alone, or MINOR of a trusted cache, has nothing to bring. */
	if (r->modes & LIBUFFD_MISSING || install != LIBUFFD_INSTALL_AUTO)
		ret = choose_install(r, install);
	if (ret < 0)
		return ret;
	p = pager_for(ctx);
	if (!p)
		return -ENOMEM;
	look_at_files(p, r->source);
	pthread_mutex_lock(&ctx->lock);
	looped = ctx->reader_ops != NULL;
	pthread_mutex_unlock(&ctx->lock);
	/* The loop may have come before; in it, this would be a callback: then without. */
	if (looped && !ctx_is_reader(ctx))
		reader_came(p);
	if (r->install_huge == LIBUFFD_INSTALL_MOVE)
		buffers_want_huge(&p->buffers);
	if (writes_cache(r))
		r->had_pages = has_pages(r);
	return 0;
}
