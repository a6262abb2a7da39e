/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: replaying packed content: one read of the working set's file is many runs of the region.
 * Must never: install a byte whose block has not been checked, or read what nobody needs any more.
 */
#include <errno.h>

#include "memory/fill.h"
#include "memory/resolve.h"
#include "pager/prefetch.h"
#include "pager/reading.h"
#include "pager/recording.h"
#include "pager/workingset.h"

/* Of as many pages as claims has bits, at 4 KiB; one page where pages are larger. */
#define STRETCH_BYTES (UINT64_C(256) << 10)

/* A run's part within a stretch. */
struct stretch_part {
	uint64_t page; /* the region's */
	uint64_t pages;
	uint64_t index; /* of its first page in the stretch */
};

/* The run that has the byte at, by bisection: runs are laid one behind the other. */
static uint64_t find_run(const struct wset_file *f, uint64_t at)
{
	uint64_t low = 0, high = f->run_count;

	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;

		if (f->runs[middle].packed_at <= at)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* The part of the stretch [at, end) that begins at offset. ZERO runs have no bytes. */
static struct stretch_part part_at(const struct wset_file *f, unsigned int shift, uint64_t at,
				   uint64_t end, uint64_t offset)
{
	const struct wset_run *run = &f->runs[find_run(f, offset)];
	uint64_t left = run->packed_at + run->length - offset;

	if (left > end - offset)
		left = end - offset;
	return (struct stretch_part){
		.page = (run->offset + (offset - run->packed_at)) >> shift,
		.pages = left >> shift,
		.index = (offset - at) >> shift,
	};
}

static uint64_t bits(uint64_t first, uint64_t n)
{
	return (n >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1) << first;
}

/* Claims what is empty of a part; what was discarded stays its user's. */
static uint64_t claim_part(struct uffd_region *r, const struct stretch_part *p)
{
	uint64_t page = p->page, end = p->page + p->pages, claims = 0;
	struct page_run run;

	while (page < end && pagestate_claim(&r->pages, page, end, &run) == 0) {
		if (run.discarded)
			resolve_give_up(r, &run, LIBUFFD_PAGE_EMPTY);
		else
			claims |= bits(p->index + (run.first - p->page), run.end - run.first);
		page = run.end;
	}
	return claims;
}

/* Calls each for every claimed run of the stretch; stops at its first error. */
static int each_claim(struct uffd_read *read,
		      int (*each)(struct uffd_read *read, struct page_run *run, const uint8_t *src))
{
	struct uffd_region *r = read->region;
	const struct wset_file *f = &read->prefetch->set->file;
	uint64_t offset = read->packed_at, end = read->packed_at + read->length;
	int ret = 0;

	while (offset < end) {
		struct stretch_part p = part_at(f, r->page_shift, read->packed_at, end, offset);
		uint64_t claims = read->claims >> p.index & bits(0, p.pages), at = 0;

		offset += p.pages << r->page_shift;
		while (claims >> at) {
			uint64_t first, n;
			struct page_run run;
			int error;

			first = at + (uint64_t)__builtin_ctzll(claims >> at);
			n = ~(claims >> first) ? (uint64_t)__builtin_ctzll(~(claims >> first)) : 64;
			run = (struct page_run){p.page + first, p.page + first + n, false};
			error = each(read, &run, read->to + ((p.index + first) << r->page_shift));
			ret = ret ? ret : error;
			at = first + n;
			if (at >= 64)
				break;
		}
	}
	return ret;
}

/* A recording has it too; when it is there it does not tell. */
static int note(struct uffd_read *read, struct page_run *run, const uint8_t *src)
{
	struct uffd_workingset *set;
	uint64_t entry;

	(void)src;
	recording_note(read->region, run, &read->why, &set, &entry);
	return 0;
}

static int give_up(struct uffd_read *read, struct page_run *run, const uint8_t *src)
{
	(void)src;
	resolve_give_up(read->region, run, LIBUFFD_PAGE_EMPTY);
	return 0;
}

static int put(struct uffd_read *read, struct page_run *run, const uint8_t *src)
{
	uint64_t first = run->first;
	int ret = pager_put_copy(read->region, run, src);

	read->filled += ((ret ? run->first : run->end) - first) << read->region->page_shift;
	if (ret < 0)
		fill_failed(read->region, run, &read->why, ret);
	return ret;
}

static bool intact(const struct uffd_read *read)
{
	const struct wset_file *f = &read->prefetch->set->file;

	for (uint64_t at = 0; at < read->length; at += WSET_BLOCK) {
		uint64_t left = read->length - at;

		if (!wset_file_block_ok(f, (read->packed_at + at) / WSET_BLOCK, read->to + at,
					(size_t)(left < WSET_BLOCK ? left : WSET_BLOCK)))
			return false;
	}
	return true;
}

/* The answer to a read of packed content. */
static void answered(struct uffd_read *read, int64_t n)
{
	struct uffd_ctx *ctx = read->pager->ctx;
	int ret = 0;

	if (n != (int64_t)read->part.length)
		ret = n < 0 ? source_error(n) : -EIO;
	else if (!intact(read))
		ret = -EBADMSG;
	/* filled was how much had been read; from here on it is what has been installed. */
	read->filled = 0;
	if (ret < 0) {
		/* The source has it too: whoever needs it asks there. */
		ctx_log(ctx, LIBUFFD_LOG_WARNING, "packed content of a working set: error %d",
			-ret);
		each_claim(read, give_up);
	} else {
		ctx_count(ctx, COUNTER(read_bytes), (uint64_t)n);
		ret = each_claim(read, put);
	}
	pager_conclude(read, read->length, read->filled, ret);
}

static uint64_t claim_stretch(struct uffd_region *r, const struct wset_file *f, uint64_t at,
			      uint64_t end)
{
	uint64_t claims = 0;

	for (uint64_t offset = at; offset < end;) {
		struct stretch_part p = part_at(f, r->page_shift, at, end, offset);

		claims |= claim_part(r, &p);
		offset += p.pages << r->page_shift;
	}
	return claims;
}

static void pass(struct uffd_prefetch *f, uint64_t bytes, uint64_t in_flight)
{
	pthread_mutex_lock(&f->lock);
	f->packed_at += bytes;
	f->done += bytes - in_flight;
	f->in_flight += in_flight;
	pthread_mutex_unlock(&f->lock);
}

/* Whole blocks, since a part of one cannot be checked, and whole pages. */
static uint64_t stretch(const struct uffd_region *r, uint64_t left, struct allowance allowed)
{
	uint64_t unit = WSET_BLOCK > region_page_size(r) ? WSET_BLOCK : region_page_size(r);
	uint64_t size = STRETCH_BYTES > unit ? STRETCH_BYTES : unit;

	if (size > left)
		size = left;
	if (size <= allowed.bytes)
		return size;
	if (!allowed.alone)
		return 0;
	size = allowed.bytes > unit ? allowed.bytes - allowed.bytes % unit : unit;
	return size < left ? size : left;
}

enum prefetch_step replay_step(struct uffd_prefetch *f, struct uffd_region *r,
			       struct allowance allowed, uint64_t *begun)
{
	const struct wset_file *file = &f->set->file;
	uint64_t at = f->packed_at, length;
	struct uffd_read *read;
	int64_t n = 0;

	if (at >= file->pack_bytes)
		return STEP_OVER;
	length = stretch(r, file->pack_bytes - at, allowed);
	if (!length)
		return STEP_WAIT;
	read = reading_take(pager_of(r));
	if (!read)
		return STEP_LATER;
	read->region = r;
	read->prefetch = f;
	read->length = length;
	read->why.kind = LIBUFFD_PREFETCH;
	if (!reading_room(read)) {
		reading_give(read);
		return STEP_LATER;
	}
	read->packed_at = at;
	read->answered = answered;
	read->part = (struct segment){f->set->packed, file->pack_at + at, length};
	read->claims = claim_stretch(r, file, at, at + length);
	if (!read->claims) {
		reading_give(read);
		pass(f, length, 0);
		return STEP_BEGUN;
	}
	ctx_count(r->ctx, COUNTER(pages_prefetch), (uint64_t)__builtin_popcountll(read->claims));
	each_claim(read, note);
	pass(f, length, length);
	*begun = length;
	atomic_fetch_add(&r->fillers, 1);
	if (reading_begin(read, &n) == READING_DONE)
		answered(read, n);
	return STEP_BEGUN;
}
