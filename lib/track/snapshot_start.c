/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the start of a snapshot: every question is asked here, everything that it needs is made.
 * Must never: touch the output before all else has succeeded.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "track/snapshot.h"
#include "util/bits.h"
#include "util/options.h"
#include "util/pages.h"

#define DEFAULT_BYTES (UINT64_C(16) << 20)
#define LEAST_BYTES   (UINT64_C(1) << 20)
#define MOST_BYTES    (UINT64_C(1) << 40)
#define BLOCK_BYTES   (UINT64_C(256) << 10) /* and no less than a page; four at least */

/* What there is to check without looking at the memory. */

static bool overlap(const struct uffd_snapshot_part *a, const struct uffd_snapshot_part *b)
{
	return a->region == b->region || (a->offset < b->offset + uffd_region_length(b->region) &&
					  b->offset < a->offset + uffd_region_length(a->region));
}

static int check_parts(const struct uffd_snapshot_part *parts, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct uffd_region *r = parts[i].region;
		int ret;

		if (!r || !parts[0].region || r->ctx != parts[0].region->ctx)
			return -EINVAL;
		if (!ctx_is_ours(r->ctx))
			return -ECHILD;
		if (parts[i].offset & (region_page_size(r) - 1) ||
		    parts[i].offset > INT64_MAX - r->length)
			return -EINVAL;
		for (uint32_t k = 0; k < i; k++)
			if (overlap(&parts[i], &parts[k]))
				return -EINVAL;
		ret = r->flags & LIBUFFD_REGION_FOREIGN ? -EOPNOTSUPP : wp_has_faults(r);
		if (ret < 0)
			return ret;
	}
	return ctx_is_reader(parts[0].region->ctx) ? -EDEADLK : 0;
}

static uint64_t largest_page(const struct uffd_snapshot_part *parts, uint32_t count)
{
	uint64_t most = 0;

	for (uint32_t i = 0; i < count; i++)
		if (region_page_size(parts[i].region) > most)
			most = region_page_size(parts[i].region);
	return most;
}

static int check(struct uffd_snapshot **out, const struct uffd_snapshot_part *parts, uint32_t count,
		 int fd, const struct uffd_snapshot_opts *o)
{
	int ret;

	if (!out || !parts || !count || o->flags & ~LIBUFFD_SNAPSHOT_INCREMENTAL || o->reserved ||
	    (o->write ? fd != -1 : fd < 0))
		return -EINVAL;
	ret = check_parts(parts, count);
	if (ret < 0)
		return ret;
	if (o->buffer_bytes && (o->buffer_bytes < LEAST_BYTES || o->buffer_bytes > MOST_BYTES ||
				o->buffer_bytes < 4 * largest_page(parts, count)))
		return -EINVAL;
	return 0;
}

static int make_buffers(struct uffd_snapshot *s, uint64_t bytes, uint64_t page)
{
	s->block_bytes = page > BLOCK_BYTES ? page : BLOCK_BYTES;
	if (!bytes)
		bytes = DEFAULT_BYTES > 4 * s->block_bytes ? DEFAULT_BYTES : 4 * s->block_bytes;
	s->block_count = (uint32_t)(bytes / s->block_bytes);
	s->blocks = calloc(s->block_count, sizeof(*s->blocks));
	s->buffers = pages_alloc((size_t)(s->block_count * s->block_bytes));
	if (!s->blocks || !s->buffers)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->block_count; i++) {
		s->blocks[i].at = s->buffers + i * s->block_bytes;
		s->blocks[i].next = s->free;
		s->free = &s->blocks[i];
	}
	s->free_count = s->block_count;
	return 0;
}

static int make_parts(struct uffd_snapshot *s, const struct uffd_snapshot_part *parts,
		      uint32_t count)
{
	s->parts = calloc(count, sizeof(*s->parts));
	if (!s->parts)
		return -ENOMEM;
	s->count = count;
	for (uint32_t i = 0; i < count; i++) {
		struct part_saved *p = &s->parts[i];
		int ret;

		p->region = parts[i].region;
		p->offset = parts[i].offset;
		p->pages = p->region->pages.pages;
		p->wp = wp_of(p->region);
		if (!p->wp)
			return -ENOMEM;
		atomic_fetch_add(&p->wp->users, 1);
		/* What is in memory, and protected still, nobody else can tell. */
		ret = wp_has_pagemap(p->wp);
		if (ret < 0)
			return ret;
		if (!wp_tracks(p->region, WP_TRACKED))
			continue;
		p->taken = pages_alloc(bits_bytes(p->pages));
		if (!p->taken)
			return -ENOMEM;
	}
	return 0;
}

static int start_threads(struct uffd_snapshot *s)
{
	sigset_t all, before;
	bool output, copier;

	/* The program's handlers are for its own threads. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	output = pthread_create(&s->output, NULL, snapshot_output, s) == 0;
	copier = output && pthread_create(&s->copier, NULL, snapshot_copy, s) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (copier || !output)
		return copier ? 0 : -EAGAIN;
	pthread_mutex_lock(&s->lock);
	s->copied = true;
	pthread_cond_signal(&s->filled);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->output, NULL);
	return -EAGAIN;
}

static int build(struct uffd_snapshot *s, const struct uffd_snapshot_part *parts, uint32_t count,
		 uint64_t bytes)
{
	int ret = make_parts(s, parts, count);

	if (ret == 0)
		ret = make_buffers(s, bytes, largest_page(parts, count));
	if (ret == 0)
		ret = snapshot_enter_regions(s);
	if (ret < 0)
		return ret;
	/* The file last: nothing that it holds is touched for a snapshot that cannot be. */
	ret = snapshot_open_output(s);
	if (ret == 0)
		ret = start_threads(s);
	if (ret < 0)
		snapshot_leave_regions(s, false);
	return ret;
}

int uffd_snapshot_start(struct uffd_snapshot **out, const struct uffd_snapshot_part *parts,
			uint32_t count, int fd, const struct uffd_snapshot_opts *opts)
{
	struct uffd_snapshot_opts o = {.size = sizeof(o)};
	pthread_condattr_t attr;
	struct uffd_snapshot *s;
	int ret = options_take(&o, sizeof(o), sizeof(o), opts);

	if (ret == 0)
		ret = check(out, parts, count, fd, &o);
	if (ret < 0)
		return ret;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->saver = snapshot_saver;
	s->ctx = parts[0].region->ctx;
	s->pid = getpid();
	s->incremental = s->saver.incremental = o.flags & LIBUFFD_SNAPSHOT_INCREMENTAL;
	s->fd = fd;
	s->write = o.write;
	s->user = o.user;
	pthread_mutex_init(&s->lock, NULL);
	pthread_mutex_init(&s->leaving, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->work, &attr);
	pthread_condattr_destroy(&attr);
	pthread_cond_init(&s->filled, NULL);
	ret = build(s, parts, count, o.buffer_bytes);
	if (ret < 0)
		snapshot_free(s);
	else
		*out = s;
	return ret;
}
