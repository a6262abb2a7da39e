/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See events.h. The model of regions: an array of pages each, and all of it is looked at. */
#include "events.h"

#include <stddef.h>

#include "memory/region.h"

/* This is no way through the library: the fuzzer need not see where it goes. */
#pragma clang attribute push(__attribute__((no_sanitize("coverage"))), apply_to = function)

struct model models[REGIONS];
/* Since the table was looked at as a whole: whether the model says that it must have changed. */
static bool has_moved;
static uint32_t table_seen;

#define EMPTY    LIBUFFD_PAGE_EMPTY
#define BUSY     LIBUFFD_PAGE_BUSY
#define CACHED   LIBUFFD_PAGE_CACHED
#define POISONED LIBUFFD_PAGE_POISONED

static uint64_t size_of(const struct model *m)
{
	return UINT64_C(1) << m->shift;
}

struct model_page *model_at(uint64_t address, struct model **m)
{
	for (*m = models; *m < models + REGIONS; ++*m) {
		for (uint64_t i = 0; i < (*m)->pages; i++) {
			struct model_page *p = &(*m)->page[i];

			if (p->address && address >= p->address &&
			    address - p->address < size_of(*m))
				return p;
		}
	}
	return NULL;
}

bool model_has_pages(uint64_t start, uint64_t end)
{
	struct model *m;

	for (; start < end; start += CELL)
		if (start >= ARENA && start < ARENA_END && model_at(start, &m))
			return true;
	return false;
}

struct model *model_of(const struct pagestate *ps)
{
	for (struct model *m = models; m < models + REGIONS; m++)
		if (m->region && ps == &m->region->pages)
			return m;
	return NULL;
}

void model_discard(struct model *m, uint64_t first, uint64_t end)
{
	for (; first < end; first++) {
		struct model_page *p = &m->page[first];

		if (p->state == CACHED || p->state == POISONED) {
			if (m->shared)
				continue;
			p->state = EMPTY;
		}
		p->discarded = true;
	}
}

static void removed(struct model *m, uint64_t page, uint64_t start, uint64_t end)
{
	uint64_t address = m->page[page].address;

	if (address >= start && address < end && end - address >= size_of(m) &&
	    !(m->shared && m->keep))
		model_discard(m, page, page + 1);
}

static void unmapped(struct model *m, uint64_t page, uint64_t start, uint64_t end)
{
	struct model_page *p = &m->page[page];

	if (p->address < start || p->address >= end)
		return;
	p->address = 0;
	if (p->state != BUSY)
		p->state = POISONED;
}

static void moved(struct model *m, uint64_t page, uint64_t from, uint64_t to, uint64_t length)
{
	struct model_page *p = &m->page[page];

	if (p->address >= from && p->address - from < length)
		p->address += to - from;
}

void model_apply(const struct uffd_msg *msg)
{
	for (struct model *m = models; m < models + REGIONS; m++) {
		for (uint64_t i = 0; i < m->pages; i++) {
			if (!m->page[i].address)
				continue;
			if (msg->event == UFFD_EVENT_REMOVE)
				removed(m, i, msg->arg.remove.start, msg->arg.remove.end);
			else if (msg->event == UFFD_EVENT_UNMAP)
				unmapped(m, i, msg->arg.remove.start, msg->arg.remove.end);
			else if (msg->event == UFFD_EVENT_REMAP)
				moved(m, i, msg->arg.remap.from, msg->arg.remap.to,
				      msg->arg.remap.len);
		}
	}
	has_moved |= msg->event == UFFD_EVENT_UNMAP || msg->event == UFFD_EVENT_REMAP;
	if (msg->event == UFFD_EVENT_FORK)
		child_forks();
}

void model_disown(struct model *m)
{
	for (uint64_t i = 0; i < m->pages; i++) {
		struct model_page *p = &m->page[i];

		if (p->state == BUSY)
			p->state = EMPTY;
		p->waiters = p->held = false;
	}
}

/* In order, apart, and inside. */
static void parts_must_be_sound(const struct model *m, const struct uffd_region *r)
{
	uint64_t end = 0;

	MUST(r->part_count <= r->part_capacity);
	for (uint32_t i = 0; i < r->part_count; i++) {
		const struct part *p = &r->parts[i];

		MUST(p->length && p->offset >= end);
		MUST(!((p->offset | p->length | p->address) & (size_of(m) - 1)));
		end = p->offset + p->length;
	}
	MUST(end <= m->pages << m->shift);
}

static void page_must_be_like(const struct model *m, const struct uffd_region *r, uint64_t page)
{
	const struct model_page *p = &m->page[page];
	unsigned int bits = p->state | (p->waiters ? LIBUFFD_PAGE_WAITERS : 0) |
			    (p->discarded ? LIBUFFD_PAGE_DISCARDED : 0);

	MUST(pagestate_get(&r->pages, page) == bits);
	MUST(p->state == BUSY || !p->waiters);
}

void model_must_be_like(const struct model *m, const struct uffd_region *r)
{
	uint64_t page = 0;

	parts_must_be_sound(m, r);
	MUST(r->pages.pages == m->pages && r->page_shift == m->shift);
	while (page < m->pages) {
		uint64_t end = m->pages, address = region_address(r, page, &end);

		MUST(end > page && end <= m->pages);
		for (; page < end; page++) {
			MUST(m->page[page].address == address);
			page_must_be_like(m, r, page);
			address += address ? size_of(m) : 0;
		}
	}
}

static void table_must_match(struct uffd_ctx *ctx)
{
	static struct {
		struct uffd_region *region;
		uint64_t offset;
	} at[CELLS];

	for (uint64_t i = 0; i < CELLS; i++)
		at[i].region = NULL;
	for (struct model *m = models; m < models + REGIONS; m++) {
		for (uint64_t i = 0; i < m->pages << m->shift; i += CELL) {
			uint64_t address = m->page[i >> m->shift].address;

			if (!address)
				continue;
			address = (address - ARENA + (i & (size_of(m) - 1))) / CELL;
			MUST(address < CELLS && !at[address].region);
			at[address].region = m->region;
			at[address].offset = i;
		}
	}
	for (uint64_t i = 0; i < CELLS; i++) {
		uint64_t within = i * 37 % CELL;
		struct table_entry e;
		bool found = ctx_lookup(ctx, ARENA + i * CELL + within, &e);

		MUST(found == (at[i].region != NULL));
		if (found)
			MUST(e.region == at[i].region &&
			     e.offset + (ARENA + i * CELL - e.start) == at[i].offset);
	}
}

static void nothing_must_be_outside(struct uffd_ctx *ctx)
{
	static const uint64_t outside[] = {0, CELL, ARENA - 1, ARENA_END, UINT64_MAX};
	struct table_entry e;

	for (unsigned int i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
		MUST(!ctx_lookup(ctx, outside[i], &e));
}

void model_must_match(struct uffd_ctx *ctx, bool all)
{
	if (all || has_moved || table_seen != atomic_load(&ctx->table.sequence)) {
		table_must_match(ctx);
		nothing_must_be_outside(ctx);
		table_seen = atomic_load(&ctx->table.sequence);
		has_moved = false;
	}
	for (struct model *m = models; m < models + REGIONS; m++) {
		if (!m->pages)
			continue;
		model_must_be_like(m, m->region);
		/* Who has claimed a page is the program: the library has come to its end. */
		for (uint64_t i = 0; i < m->pages; i++)
			MUST((m->page[i].state == BUSY) == m->page[i].held);
	}
}

#pragma clang attribute pop
