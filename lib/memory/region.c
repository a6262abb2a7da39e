/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See region.h: what a region is once it is there. region_add.c makes one, close.c ends it. */
#include "memory/region.h"

#include <errno.h>

int region_pages(const struct uffd_region *r, uint64_t offset, uint64_t length, uint64_t *first,
		 uint64_t *end)
{
	if (!r)
		return -EINVAL;
	if (!ctx_is_ours(r->ctx))
		return -ECHILD;
	if (length == 0 || (offset | length) & (region_page_size(r) - 1))
		return -EINVAL;
	if (offset >= r->length || length > r->length - offset)
		return -ERANGE;
	*first = offset >> r->page_shift;
	*end = (offset + length) >> r->page_shift;
	return 0;
}

uint64_t region_address(const struct uffd_region *r, uint64_t page, uint64_t *end)
{
	uint64_t offset = page << r->page_shift;
	uint64_t limit = *end;

	for (uint32_t i = 0; i < r->part_count; i++) {
		const struct part *p = &r->parts[i];

		if (offset < p->offset) {
			limit = p->offset >> r->page_shift;
			break;
		}
		if (offset - p->offset < p->length) {
			limit = (p->offset + p->length) >> r->page_shift;
			if (limit < *end)
				*end = limit;
			return p->address + (offset - p->offset);
		}
	}
	if (limit < *end)
		*end = limit;
	return 0;
}

int region_each_part(struct uffd_region *r, uint64_t first, uint64_t end,
		     int (*call)(int fd, uint64_t address, uint64_t length, uint64_t mode),
		     uint64_t mode)
{
	int ret = 0;

	while (first < end && ret == 0) {
		uint64_t stop = end, address = region_address(r, first, &stop);

		if (address)
			ret = call(r->ctx->fd, address, (stop - first) << r->page_shift, mode);
		first = stop;
	}
	return ret;
}

static int wake_part(int fd, uint64_t address, uint64_t length, uint64_t unused)
{
	(void)unused;
	return uffd_raw_wake(fd, address, length);
}

int region_wake(struct uffd_region *r, uint64_t first, uint64_t end)
{
	return region_each_part(r, first, end, wake_part, 0);
}

/*
 * mm/userfaultfd.c, userfaultfd_writeprotect(): the first thing it looks at, before what it is told
 * to do, which nobody can.
 */
bool region_is_changing(const struct uffd_region *r)
{
	return ctx_has_events(r->ctx) &&
	       uffd_raw_writeprotect(r->ctx->fd, 0, 0,
				     UFFDIO_WRITEPROTECT_MODE_WP |
					     UFFDIO_WRITEPROTECT_MODE_DONTWAKE) == -EAGAIN;
}

void parts_unregister(int fd, const struct part *parts, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		/* UNREGISTER wakes nobody on ranges without MISSING (seen on 6.18). */
		uffd_raw_wake(fd, parts[i].address, parts[i].length);
		uffd_raw_unregister(fd, parts[i].address, parts[i].length);
		uffd_raw_wake(fd, parts[i].address, parts[i].length);
	}
}

struct uffd_region *uffd_region_lookup(struct uffd_ctx *ctx, const void *address, uint64_t *offset)
{
	struct table_entry e;

	if (!ctx || !ctx_is_ours(ctx) || !ctx_lookup(ctx, (uint64_t)(uintptr_t)address, &e))
		return NULL;
	if (offset)
		*offset = e.offset + ((uint64_t)(uintptr_t)address - e.start);
	return e.region;
}

void *uffd_region_address(struct uffd_region *r, uint64_t offset)
{
	uint64_t page, end, address;

	if (!r || !ctx_is_ours(r->ctx) || offset >= r->length)
		return NULL;
	page = offset >> r->page_shift;
	end = page + 1;
	gate_share(&r->ctx->gate);
	address = region_address(r, page, &end);
	gate_leave(&r->ctx->gate);
	return address ? (uint8_t *)(uintptr_t)address + (offset & (region_page_size(r) - 1))
		       : NULL;
}

uint64_t uffd_region_length(const struct uffd_region *r)
{
	return r ? r->length : 0;
}

uint64_t uffd_region_page_size(const struct uffd_region *r)
{
	return r ? region_page_size(r) : 0;
}

uint32_t uffd_region_backing(const struct uffd_region *r)
{
	return r ? r->type : LIBUFFD_BACKING_DETECT;
}

void *uffd_region_user(const struct uffd_region *r)
{
	return r ? r->user : NULL;
}

struct uffd_ctx *uffd_region_ctx(const struct uffd_region *r)
{
	return r ? r->ctx : NULL;
}

void *uffd_region_alias(const struct uffd_region *r)
{
	return r && r->flags & LIBUFFD_REGION_ALIAS ? r->alias : NULL;
}

int uffd_region_page(const struct uffd_region *r, uint64_t offset)
{
	if (!r)
		return -EINVAL;
	if (!ctx_is_ours(r->ctx))
		return -ECHILD;
	return offset < r->length ? (int)pagestate_get(&r->pages, offset >> r->page_shift)
				  : -ERANGE;
}

int64_t uffd_region_unfilled(const struct uffd_region *r)
{
	if (!r)
		return -EINVAL;
	if (!ctx_is_ours(r->ctx))
		return -ECHILD;
	return (int64_t)(pagestate_count_unfilled(&r->pages) << r->page_shift);
}
