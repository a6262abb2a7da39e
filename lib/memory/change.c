/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See change.h. Works on the context's table, whose entries are the mapped parts of regions. */
#include "memory/change.h"

#include <errno.h>
#include <string.h>

#include <uffd/resolve.h>

#include "memory/region.h"
#include "util/pages.h"

static void discard(struct uffd_region *r, uint64_t first, uint64_t end)
{
	uint64_t n;

	if (first >= end)
		return;
	wp_thrown_away(r, first, end);
	n = pagestate_discard(&r->pages, first, end,
			      r->backing->shared ? DISCARD_NOT_CACHED : DISCARD_ALL);
	ctx_count(r->ctx, COUNTER(pages_discarded), n);
}

/*
 * Only whole pages: an event that ends within a huge page has not thrown that page away, and zeros
 * for it would be wrong bytes.
 */
static void discard_bytes(struct uffd_region *r, uint64_t offset, uint64_t length)
{
	uint64_t round = region_page_size(r) - 1;
	uint64_t first = (offset + round) >> r->page_shift;
	uint64_t end = (offset + length) >> r->page_shift;

	if (!(r->backing->shared && r->flags & LIBUFFD_REGION_KEEP_ON_REMOVE))
		discard(r, first, end);
	else if (first < end)
		wp_thrown_away(r, first, end);
}

void change_removed(struct uffd_ctx *ctx, uint64_t start, uint64_t end)
{
	struct table_entry e;

	/* An event may be larger than a region, or touch several. */
	pthread_mutex_lock(&ctx->lock);
	while (start < end && table_first_overlap(&ctx->table, start, end, &e)) {
		uint64_t from = start > e.start ? start : e.start;
		uint64_t to = end < e.end ? end : e.end;

		discard_bytes(e.region, e.offset + (from - e.start), to - from);
		start = e.end;
	}
	pthread_mutex_unlock(&ctx->lock);
}

void change_replay(struct uffd_region *r, const struct uffd_msg *messages, unsigned int count)
{
	uint64_t start = r->parts->address, stop = start + r->length;

	for (unsigned int i = 0; i < count; i++) {
		uint64_t from = messages[i].arg.remove.start, to = messages[i].arg.remove.end;

		if (messages[i].event != UFFD_EVENT_REMOVE)
			continue;
		from = from > start ? from : start;
		to = to < stop ? to : stop;
		if (from < to)
			discard_bytes(r, from - start, to - from);
	}
}

int uffd_discard(struct uffd_region *r, uint64_t offset, uint64_t length)
{
	uint64_t first, end;
	int ret = region_pages(r, offset, length, &first, &end);

	if (ret < 0)
		return ret;
	if (!(r->ctx->flags & LIBUFFD_CTX_DISCARDS) &&
	    !(r->ctx->features & UFFD_FEATURE_EVENT_REMOVE))
		return -EOPNOTSUPP;
	/* A snapshot has what is there now. One may have its instant just then. */
	gate_exclude(&r->ctx->gate);
	while (wp_is_pending(r, first, end)) {
		gate_leave(&r->ctx->gate);
		ret = wp_save_first(r, first, end);
		if (ret < 0)
			return ret;
		gate_exclude(&r->ctx->gate);
	}
	discard(r, first, end);
	gate_leave(&r->ctx->gate);
	return 0;
}

/* Makes room for n more parts. */
static int grow_parts(struct uffd_region *r, uint32_t n)
{
	uint32_t capacity = r->part_capacity > FEW_PARTS ? r->part_capacity : 128;
	struct part *parts;

	if (r->part_count + n <= r->part_capacity)
		return 0;
	while (capacity < r->part_count + n)
		capacity *= 2;
	parts = pages_alloc(capacity * sizeof(*parts));
	if (!parts)
		return -ENOMEM;
	memcpy(parts, r->parts, r->part_count * sizeof(*parts));
	if (r->parts != r->few)
		pages_free(r->parts, r->part_capacity * sizeof(*parts));
	r->parts = parts;
	r->part_capacity = capacity;
	return 0;
}

static void insert_part(struct uffd_region *r, const struct part *p)
{
	uint32_t i = r->part_count++;

	for (; i > 0 && r->parts[i - 1].offset > p->offset; i--)
		r->parts[i] = r->parts[i - 1];
	r->parts[i] = *p;
}

/* Takes [offset, offset + length), which lies in one part, out of the region's parts. */
static int cut_part(struct uffd_region *r, uint64_t offset, uint64_t length)
{
	uint32_t i = 0;
	struct part p, right;
	int ret = grow_parts(r, 1);

	if (ret < 0)
		return ret;
	while (i < r->part_count && offset - r->parts[i].offset >= r->parts[i].length)
		i++;
	if (i == r->part_count)
		return 0;
	p = r->parts[i];
	memmove(&r->parts[i], &r->parts[i + 1], (--r->part_count - i) * sizeof(p));
	right.offset = offset + length;
	right.length = p.offset + p.length - right.offset;
	right.address = p.address + (right.offset - p.offset);
	p.length = offset - p.offset;
	if (p.length)
		insert_part(r, &p);
	if (right.length)
		insert_part(r, &right);
	return 0;
}

static void piece_unmapped(const struct table_entry *e, void *user)
{
	struct uffd_region *r = e->region;

	(void)user;
	/* Whoever waits there waits for nothing; it faults again, on what is there now. */
	uffd_raw_wake(r->ctx->fd, e->start, e->end - e->start);
	if (cut_part(r, e->offset, e->end - e->start) < 0)
		ctx_log(r->ctx, LIBUFFD_LOG_ERROR, "no memory to note an unmapped range");
	/* Nobody can ask for it again, and nobody may wait for it. BUSY: its owner meets ENOENT. */
	wp_unmapped(r, e->offset >> r->page_shift,
		    (e->offset + (e->end - e->start)) >> r->page_shift);
	pagestate_retire(&r->pages, e->offset >> r->page_shift,
			 (e->offset + (e->end - e->start)) >> r->page_shift);
}

void change_unmapped(struct uffd_ctx *ctx, uint64_t start, uint64_t end)
{
	if (start >= end)
		return;
	pthread_mutex_lock(&ctx->lock);
	if (table_cut(&ctx->table, start, end, piece_unmapped, NULL) < 0)
		ctx_log(ctx, LIBUFFD_LOG_ERROR, "no memory to note an unmapped range");
	pthread_mutex_unlock(&ctx->lock);
}

/* One entry, or the part of one, to its new address. */
static int move_piece(struct uffd_ctx *ctx, const struct table_entry *e, uint64_t address)
{
	struct part p = {e->offset, e->end - e->start, address};
	struct table_entry moved = {address, address + p.length, e->region, e->offset};
	int ret = table_cut(&ctx->table, e->start, e->end, NULL, NULL);

	/* Whoever waited at the old address faults again, on what is there now. */
	uffd_raw_wake(ctx->fd, e->start, p.length);
	if (ret == 0)
		ret = cut_part(e->region, p.offset, p.length);
	if (ret == 0)
		ret = grow_parts(e->region, 1);
	if (ret == 0) {
		insert_part(e->region, &p);
		ret = table_insert(&ctx->table, &moved);
	}
	return ret;
}

/*
 * mremap() may have made a mapping longer, registration and all; no event says so. No region has
 * the new pages, nobody promised content for them: they are the kernel's again, zeros. True:
 * address was one of them.
 */
static bool release_growth(struct uffd_ctx *ctx, uint64_t start, uint64_t end, uint64_t address)
{
	uint64_t mapping_end = backing_mapping_end(start, end);
	struct table_entry next;

	if (mapping_end <= end)
		return false;
	if (table_first_overlap(&ctx->table, end, mapping_end, &next))
		mapping_end = next.start;
	return mapping_end > end && uffd_raw_unregister(ctx->fd, end, mapping_end - end) == 0 &&
	       address < mapping_end;
}

bool change_grown(struct uffd_ctx *ctx, uint64_t address)
{
	struct table_entry before;
	bool grown;

	pthread_mutex_lock(&ctx->lock);
	grown = table_last_before(&ctx->table, address, &before) &&
		!(before.region->flags & LIBUFFD_REGION_FOREIGN) &&
		release_growth(ctx, before.start, before.end, address);
	pthread_mutex_unlock(&ctx->lock);
	return grown;
}

void change_moved(struct uffd_ctx *ctx, uint64_t from, uint64_t to, uint64_t length)
{
	uint64_t start = from, end = from + length;
	struct table_entry e;
	int ret;

	pthread_mutex_lock(&ctx->lock);
	/* Old and new range never overlap: mremap(2) refuses that. */
	while (start < end && table_first_overlap(&ctx->table, start, end, &e)) {
		uint64_t next = e.end < end ? e.end : end;

		if (e.start < start) {
			e.offset += start - e.start;
			e.start = start;
		}
		e.end = next;
		ret = move_piece(ctx, &e, to + (e.start - from));
		if (ret < 0)
			ctx_log(ctx, LIBUFFD_LOG_ERROR, "a moved range is not followed: error %d",
				-ret);
		start = next;
	}
	pthread_mutex_unlock(&ctx->lock);
}
