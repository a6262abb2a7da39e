/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See wsetcheck.h. */
#include "pager/wsetcheck.h"

#include <errno.h>
#include <stdlib.h>

#define REGION_MOST (UINT64_C(1) << 62)
#define PAGE_LEAST  (UINT64_C(1) << 12)
#define PAGE_MOST   (UINT64_C(1) << 30)

/* Everything but the tables: 0, -EBADMSG, -EFBIG. */
static int check_totals(const struct wset_file *f)
{
	uint64_t page = f->page_size;

	if (page < PAGE_LEAST || page > PAGE_MOST || page & (page - 1))
		return -EBADMSG;
	if (!f->region_length || f->region_length > REGION_MOST || f->region_length & (page - 1))
		return -EBADMSG;
	/* The source may end within the region's last page. */
	if (f->source_offset >= f->source_length ||
	    f->region_length - page >= f->source_length - f->source_offset)
		return -EBADMSG;
	if (f->pack_bytes > f->region_length || f->sum_count != wset_blocks(f->pack_bytes))
		return -EBADMSG;
	if (f->entry_count > WSET_MOST || f->run_count > WSET_MOST || f->sum_count > WSET_MOST)
		return -EFBIG;
	return f->pack_at == wset_lay_out(f).pack_at ? 0 : -EBADMSG;
}

int wset_check_header(const struct wset_file *f, const struct wset_layout *said,
		      uint64_t file_length)
{
	struct wset_layout l;
	int ret = check_totals(f);

	if (ret < 0)
		return ret;
	l = wset_lay_out(f);
	if (said->entries_at != l.entries_at || said->runs_at != l.runs_at ||
	    said->sums_at != l.sums_at || said->file_length != l.file_length ||
	    file_length != l.file_length)
		return -EBADMSG;
	return 0;
}

static bool pages_of_region(const struct wset_file *f, uint64_t offset, uint64_t length)
{
	return !((offset | length) & (f->page_size - 1)) && length && offset < f->region_length &&
	       length <= f->region_length - offset;
}

bool wset_entry_ok(const struct wset_file *f, uint64_t i)
{
	const struct uffd_workingset_entry *e = &f->entries[i];

	/* Where the fault is in front of its extent the difference wraps, and is too long. */
	return pages_of_region(f, e->offset, e->length) &&
	       !(e->fault_offset & (f->page_size - 1)) && e->fault_offset - e->offset < e->length &&
	       e->kind >= LIBUFFD_FAULT_MISSING && e->kind <= LIBUFFD_PREFETCH &&
	       !(e->flags & ~LIBUFFD_EXTENT_WRITE);
}

/*
 * How much content there is in front of run i. It may wrap around where runs share pages, which is
 * found in the end; where they do not it is within the region.
 */
static uint64_t packed_before(const struct wset_file *f, uint64_t i)
{
	const struct wset_run *last;

	if (i == 0)
		return 0;
	last = &f->runs[i - 1];
	return last->packed_at + (last->flags & WSET_RUN_ZERO ? 0 : last->length);
}

bool wset_run_ok(const struct wset_file *f, uint64_t i)
{
	const struct wset_run *r = &f->runs[i];

	return pages_of_region(f, r->offset, r->length) && !(r->flags & ~WSET_RUN_ZERO) &&
	       !r->reserved && r->packed_at == packed_before(f, i);
}

struct span {
	uint64_t begin;
	uint64_t end;
};

static int compare_spans(const void *a, const void *b)
{
	uint64_t x = ((const struct span *)a)->begin, y = ((const struct span *)b)->begin;

	return x < y ? -1 : x > y;
}

static bool sorted_apart(const struct wset_file *f)
{
	for (uint64_t i = 1; i < f->run_count; i++) {
		if (f->runs[i].offset < f->runs[i - 1].offset + f->runs[i - 1].length)
			return false;
	}
	return true;
}

/* Whether no two runs share a page; every run is good by itself. 0, -EBADMSG, -ENOMEM. */
static int check_apart(const struct wset_file *f)
{
	struct span *spans;
	int ret = 0;

	if (sorted_apart(f))
		return 0;
	spans = calloc((size_t)f->run_count, sizeof(*spans));
	if (!spans)
		return -ENOMEM;
	for (uint64_t i = 0; i < f->run_count; i++)
		spans[i] = (struct span){f->runs[i].offset, f->runs[i].offset + f->runs[i].length};
	qsort(spans, (size_t)f->run_count, sizeof(*spans), compare_spans);
	for (uint64_t i = 1; i < f->run_count && ret == 0; i++) {
		if (spans[i].begin < spans[i - 1].end)
			ret = -EBADMSG;
	}
	free(spans);
	return ret;
}

int wset_check_runs(const struct wset_file *f)
{
	if (packed_before(f, f->run_count) != f->pack_bytes)
		return -EBADMSG;
	return check_apart(f);
}

int wset_check_all(const struct wset_file *f)
{
	int ret = check_totals(f);

	if (ret < 0)
		return ret;
	if ((f->entry_count && !f->entries) || (f->run_count && !f->runs) ||
	    (f->sum_count && !f->sums))
		return -EBADMSG;
	for (uint64_t i = 0; i < f->entry_count; i++) {
		if (!wset_entry_ok(f, i))
			return -EBADMSG;
	}
	for (uint64_t i = 0; i < f->run_count; i++) {
		if (!wset_run_ok(f, i))
			return -EBADMSG;
	}
	return wset_check_runs(f);
}
