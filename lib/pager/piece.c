/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See piece.h. */
#include "pager/piece.h"

#include <sys/mman.h>

#include "memory/overwrite.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

#define PIECE_BYTES (UINT64_C(256) << 10)
#define ALIAS_BYTES (UINT64_C(512) << 10)

static uint64_t source_offset(const struct uffd_region *r, uint64_t page)
{
	return r->source_offset + (page << r->page_shift);
}

/* How many bytes of length, at page, the source has: its end may lie within the last page. */
static uint64_t in_source(const struct uffd_region *r, uint64_t page, uint64_t length)
{
	uint64_t left = r->source->content.length - source_offset(r, page);

	return left < length ? left : length;
}

static uint64_t pages_of(const struct uffd_region *r, uint64_t bytes)
{
	return bytes >> r->page_shift ? bytes >> r->page_shift : 1;
}

uint64_t pager_huge_edge(struct uffd_region *r, uint64_t page)
{
	uint64_t end = page + pages_of(r, HUGE_BYTES), at;

	/* What is moved must be aligned where it goes; what is in the cache, in its file. */
	if (r->install_huge == LIBUFFD_INSTALL_ALIAS) {
		at = r->fd_offset + (page << r->page_shift);
	} else {
		gate_share(&r->ctx->gate);
		at = region_address(r, page, &end);
		gate_leave(&r->ctx->gate);
	}
	return page + ((HUGE_BYTES - (at & (HUGE_BYTES - 1))) >> r->page_shift);
}

/* Of [page, page + a huge page) half or more must be read. */
static bool most_is_data(struct uffd_region *r, uint64_t page)
{
	uint64_t data = 0, at = 0;

	while (at < HUGE_BYTES) {
		uint64_t left = in_source(r, page, HUGE_BYTES) - at;
		struct segment seg;

		if (!left || source_locate(r->source, source_offset(r, page) + at, left, &seg) < 0)
			break;
		data += seg.leaf && !seg.leaf->direct ? seg.length : 0;
		at += seg.length;
	}
	return data >= HUGE_BYTES / 2;
}

/*
 * Whether the alias gives huge pages: one of 4 KiB is asked for at its beginning, and the cache
 * looked at for its end. The range is claimed; what is in the cache before it is filled is nobody's
 * content.
 */
static bool alias_is_huge(struct uffd_region *r, uint64_t page)
{
	uint8_t *at = r->alias + (page << r->page_shift);
	uint32_t known = atomic_load_explicit(&r->takes_huge, memory_order_relaxed);
	unsigned char resident = 0;

	if (known != HUGE_UNKNOWN)
		return known == HUGE_YES;
	known = madvise(at, (size_t)region_page_size(r), MADV_POPULATE_WRITE) == 0 &&
				mincore(at + HUGE_BYTES - region_page_size(r),
					(size_t)region_page_size(r), &resident) == 0 &&
				resident & 1
			? HUGE_YES
			: HUGE_NO;
	atomic_store_explicit(&r->takes_huge, known, memory_order_relaxed);
	return known == HUGE_YES;
}

/*
 * Whether [page, page + a huge page) comes as one. A guest that gets it whole pays for the holes in
 * it with memory, and runs the faster.
 */
static bool huge_piece(struct uffd_region *r, uint64_t page, uint64_t end)
{
	if (!r->install_huge || end - page < pages_of(r, HUGE_BYTES) ||
	    pager_huge_edge(r, page) != page + pages_of(r, HUGE_BYTES) || !most_is_data(r, page))
		return false;
	return r->install_huge == LIBUFFD_INSTALL_ALIAS
		       ? alias_is_huge(r, page)
		       : buffers_hold(&pager_of(r)->buffers, HUGE_BYTES);
}

/*
 * Where a way of installing that writes to the cache is to stop: at the first page that the program
 * had before, or that it did not have. Such pages stay as they are.
 */
static uint64_t alike_in_presence(struct uffd_region *r, uint64_t first, uint64_t end,
				  bool *present)
{
	gate_share(&r->ctx->gate);
	end = mapped_alike(r, first, end, present);
	gate_leave(&r->ctx->gate);
	return end;
}

int piece_next(struct uffd_region *r, uint64_t first, uint64_t end, struct piece *p)
{
	uint64_t length = in_source(r, first, (end - first) << r->page_shift);
	bool alias = r->install == LIBUFFD_INSTALL_ALIAS;
	uint64_t pages, limit = pages_of(r, alias ? ALIAS_BYTES : PIECE_BYTES);
	struct segment seg;
	int ret;

	*p = (struct piece){.run = {first, end, false}, .how = r->install};
	if (r->had_pages) {
		end = alike_in_presence(r, first, end, &p->present);
		p->run.end = end;
		if (p->present)
			return 0;
		length = in_source(r, first, (end - first) << r->page_shift);
	}
	if (huge_piece(r, first, end)) {
		p->run.end = first + pages_of(r, HUGE_BYTES);
		p->how = r->install_huge;
		return 0;
	}
	ret = source_locate(r->source, source_offset(r, first), length, &seg);
	if (ret < 0)
		return ret;
	/* Zeros, and memory, by the page only; a page of more than one kind is put together. */
	pages = seg.length >> r->page_shift;
	p->zero = !seg.leaf && pages;
	if (seg.leaf && seg.leaf->direct && pages)
		p->direct = seg.leaf->direct + seg.offset;
	if (!p->zero && !p->direct) {
		pages = (seg.length + region_page_size(r) - 1) >> r->page_shift;
		/* Memory, and zeros, that do not fill their page: that page alone. */
		if (!seg.leaf || seg.leaf->direct)
			pages = 1;
		pages = pages < limit ? pages : limit;
	}
	p->run.end = first + pages;
	return 0;
}
