/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: tracking writes by WP_ASYNC and PAGEMAP_SCAN, and nothing around it: what the kernel alone costs.
 * Must never: be a thing to use: it knows one mapping, which never changes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uffd/raw.h>

#include "dirty.h"
#include "util.h"

struct bare {
	int uffd;
	int pagemap;
	struct page_region *ranges;
};

static void free_bare(struct bare *b)
{
	if (b->uffd >= 0)
		close(b->uffd);
	if (b->pagemap >= 0)
		close(b->pagemap);
	free(b->ranges);
	free(b);
}

static int open_bare(struct dirty_tracking *t)
{
	struct bare *b = t->state = calloc(1, sizeof(*b));
	int error = 0;

	if (!b)
		fatal("out of memory");
	b->ranges = calloc(t->room, sizeof(*b->ranges));
	if (!b->ranges)
		fatal("out of memory");
	b->pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (b->pagemap < 0)
		error = -errno;
	b->uffd = uffd_raw_open(O_CLOEXEC | O_NONBLOCK, NULL);
	if (b->uffd < 0)
		error = b->uffd;
	if (!error)
		error = uffd_raw_api(b->uffd, UFFD_FEATURE_WP_ASYNC, NULL, NULL);
	if (!error)
		error = uffd_raw_register(b->uffd, (uint64_t)(uintptr_t)t->memory, t->length,
					  UFFDIO_REGISTER_MODE_WP, NULL);
	if (error)
		free_bare(b);
	return error;
}

static int start_bare(struct dirty_tracking *t)
{
	struct bare *b = t->state;
	int error = uffd_raw_writeprotect(b->uffd, (uint64_t)(uintptr_t)t->memory, t->length,
					  UFFDIO_WRITEPROTECT_MODE_WP);

	if (error)
		free_bare(b);
	return error;
}

static void collect_bare(struct dirty_tracking *t)
{
	const struct bare *b = t->state;
	uint64_t at = (uint64_t)(uintptr_t)t->memory;
	struct pm_scan_arg arg = {
		.flags = PM_SCAN_WP_MATCHING,
		.start = at,
		.end = at + t->length,
		.vec = (uint64_t)(uintptr_t)b->ranges,
		.vec_len = t->room,
		.category_mask = PAGE_IS_WRITTEN,
		.return_mask = PAGE_IS_WRITTEN,
	};
	int64_t n = uffd_raw_pagemap_scan(b->pagemap, &arg);

	if (n < 0)
		fatal("PAGEMAP_SCAN: %s", strerror((int)-n));
	for (int64_t i = 0; i < n; i++)
		dirty_found(t, b->ranges[i].start - at, b->ranges[i].end - b->ranges[i].start);
}

static void stop_bare(struct dirty_tracking *t)
{
	free_bare(t->state);
}

const struct dirty_kind dirty_bare = {"bare", open_bare, start_bare, collect_bare, stop_bare};
