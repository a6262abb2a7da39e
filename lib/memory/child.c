/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * See child.h. Between the fork and the reading of its event the parent's memory cannot change: the
 * kernel says EAGAIN to every install (fs/userfaultfd.c, dup_fctx; mmap_changing), and the gate
 * keeps those away that come between reading and here. So a page that is CACHED here is in the
 * child, and one that is BUSY may be: that one is asked for again, and EEXIST tells.
 */
#include "memory/child.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <uffd/raw.h>

#include "memory/region.h"
#include "memory/region_add.h"
#include "util/pages.h"

struct child_region {
	struct uffd_region_opts opts; /* its source is kept by the child */
	uint32_t modes;
	uint32_t part_count;
	uint64_t length;
	const struct part *parts;
	const uint64_t *words;
	bool shared;
};

/* One allocation: the regions behind it, then the parts and words of each. */
struct uffd_child {
	size_t bytes;
	int fd;
	uint64_t features;
	struct uffd_ctx_opts opts;
	uint32_t count;
	struct child_region regions[];
};

static size_t bytes_of(const struct uffd_region *r)
{
	return r->part_count * sizeof(struct part) + (size_t)pagestate_bytes(r->pages.pages);
}

static void copy_opts(struct uffd_region_opts *o, const struct uffd_region *r)
{
	uint32_t kept = r->flags & (LIBUFFD_REGION_KVM | LIBUFFD_REGION_DETECT_ZEROS);

	*o = (struct uffd_region_opts){
		.size = sizeof(*o),
		.flags = kept | LIBUFFD_REGION_FOREIGN | LIBUFFD_REGION_REGISTERED,
		.backing = r->type,
		.page_size = region_page_size(r),
		.fault_around = r->around_wanted << r->page_shift,
		.on_error = r->on_error,
		.source = r->source,
		.source_offset = r->source_offset,
		.fault = r->fault,
		.wp_fault = r->wp_fault,
		.user = r->user,
		.max_retries = r->max_retries ? r->max_retries : UINT32_MAX,
		.retry_ns = r->retry_ns,
		.lost = r->lost,
	};
	if (r->source)
		((struct content *)r->source)->keep(r->source);
}

/* Copies a region; *at is where its parts and words go, and then behind them. */
static void copy_region(struct child_region *c, const struct uffd_region *r, uint8_t **at)
{
	size_t parts_bytes = r->part_count * sizeof(struct part);
	uint64_t *words = (uint64_t *)(*at + parts_bytes);

	copy_opts(&c->opts, r);
	c->modes = r->modes;
	c->length = r->length;
	c->shared = r->backing->shared;
	c->part_count = r->part_count;
	c->parts = memcpy(*at, r->parts, parts_bytes);
	c->words = words;
	pagestate_read(&r->pages, words);
	*at += bytes_of(r);
}

struct uffd_child *child_make(struct uffd_ctx *ctx, int fd)
{
	size_t bytes = sizeof(struct uffd_child);
	struct uffd_child *child;
	struct uffd_region *r;
	uint32_t count = 0;
	uint8_t *at;

	pthread_mutex_lock(&ctx->lock);
	for (r = ctx->regions; r; r = r->next, count++)
		bytes += sizeof(struct child_region) + bytes_of(r);
	child = pages_alloc(bytes);
	if (child) {
		child->bytes = bytes;
		child->fd = fd;
		child->features = ctx->features;
		child->opts = (struct uffd_ctx_opts){
			.size = sizeof(child->opts),
			.flags = ctx->flags,
			.log = ctx->log,
			.log_user = ctx->log_user,
			.buffer_bytes = ctx->buffer_bytes,
		};
		at = (uint8_t *)&child->regions[count];
		for (r = ctx->regions; r; r = r->next)
			copy_region(&child->regions[child->count++], r, &at);
	}
	pthread_mutex_unlock(&ctx->lock);
	return child;
}

int uffd_child_fd(const struct uffd_child *child)
{
	return child ? child->fd : -EINVAL;
}

/* Everything but the descriptor. */
static void free_child(struct uffd_child *child)
{
	for (uint32_t i = 0; i < child->count; i++) {
		struct uffd_source *source = child->regions[i].opts.source;

		if (source)
			((struct content *)source)->drop(source);
	}
	pages_free(child, child->bytes);
}

void uffd_child_drop(struct uffd_child *child)
{
	if (!child)
		return;
	/*
	 * A process that it forked meanwhile may have the descriptor, too: closing ours then ends
	 * nothing, and the child would wait for ever.
	 */
	for (uint32_t i = 0; i < child->count; i++)
		parts_unregister(child->fd, child->regions[i].parts, child->regions[i].part_count);
	close(child->fd);
	free_child(child);
}

static int add_regions(struct uffd_ctx *ctx, const struct uffd_child *child)
{
	int ret = 0;

	for (uint32_t i = 0; ret == 0 && i < child->count; i++) {
		const struct child_region *c = &child->regions[i];
		struct layout at = {c->parts, c->part_count, c->words};
		struct uffd_region *region;

		/* One that is unmapped as a whole can have no faults. */
		if (c->part_count)
			ret = region_add(&region, ctx, c->length, c->modes, &at, &c->opts);
	}
	return ret;
}

int uffd_child_adopt(struct uffd_ctx **out, struct uffd_child *child,
		     const struct uffd_ctx_opts *opts)
{
	struct uffd_ctx_opts o;
	struct uffd_ctx *ctx;
	int ret, fd;

	if (!out || !child || (opts && opts->size >= sizeof(o) && opts->flags))
		return -EINVAL;
	for (uint32_t i = 0; i < child->count; i++)
		if (child->regions[i].shared)
			return -EOPNOTSUPP;
	if (uffd_raw_owner_lives(child->fd) == 0)
		return -ESRCH;
	o = child->opts;
	if (opts) {
		ret = ctx_take_opts(&o, opts);
		if (ret < 0)
			return ret;
		o.flags = child->opts.flags;
	}
	ret = uffd_ctx_adopt(&ctx, child->fd, child->features, &o);
	if (ret < 0)
		return ret;
	ret = add_regions(ctx, child);
	if (ret < 0) {
		/* Nothing is claimed and nobody reads: that gives the child its descriptor back. */
		uffd_ctx_release(ctx, &fd);
		return ret;
	}
	free_child(child);
	*out = ctx;
	return 0;
}
