/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what the page table says of a region's protection, by PAGEMAP_SCAN (Linux 6.7).
 * Must never: be asked about memory of another process.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <uffd/raw.h>

#include "memory/region.h"
#include "util/bits.h"

#define SCAN_RANGES 256u /* of one ioctl */
#define SCAN_PAGES  UINT64_C(4096)

/* Documentation/admin-guide/mm/pagemap.rst: bit 57, of a marker, too. */
#define ENTRY_PROTECTED (UINT64_C(1) << 57)

/*
 * Pages are not protected that pass for it: thrown away, and perhaps written since. An incremental
 * snapshot that has had its instant, or has it just now, does not know whether they were dirty
 * then.
 */
static void found_open(struct wp *w, uint64_t first, uint64_t end)
{
	bool late = atomic_load(&w->why) & (WP_HELD | WP_SAVING) && w->saver->incremental;

	while ((first = bits_find(w->open, first, end, false)) < end) {
		uint64_t stop = bits_find(w->open, first, end, true);

		bits_set(w->open, first, stop);
		bits_set(w->dirty, first, stop);
		/* Those that are to be saved are looked at when they are. */
		if (late && bits_find(w->pending, first, stop, false) < stop)
			w->saver->lost(w->saver, -ESTALE);
		first = stop;
	}
}

/* With the lock held. */
static void found(struct uffd_region *r, uint64_t first, uint64_t end)
{
	struct wp *w = atomic_load(&r->wp);

	if (atomic_load(&w->why) & WP_ASYNC)
		bits_set(w->dirty, first, end);
	else
		found_open(w, first, end);
}

/*
 * Huge pages (hugetlb), by the page: of those that are absent PAGEMAP_SCAN says nothing, whatever
 * they were before (seen on 6.18), where other memory is shown as written. Since every page was
 * protected when the tracking began, one without protection and without a marker was written, or
 * thrown away. Poison passes for that, too; nobody has written it.
 */
static int64_t scan_huge(struct uffd_region *r, uint64_t first, uint64_t end, uint64_t address,
			 bool protect)
{
	struct wp *w = atomic_load(&r->wp);
	uint64_t size = (uint64_t)sysconf(_SC_PAGESIZE), entry;
	int ret = 0;

	for (uint64_t page = first; page < end; page++, address += region_page_size(r)) {
		if (LIBUFFD_PAGE_STATE(pagestate_get(&r->pages, page)) == LIBUFFD_PAGE_POISONED)
			continue;
		pthread_mutex_lock(&w->lock);
		if (pread(atomic_load(&w->pagemap), &entry, sizeof(entry),
			  (off_t)(address / size * sizeof(entry))) != sizeof(entry))
			ret = -EIO;
		else if (entry & ENTRY_PROTECTED)
			ret = 0;
		else if (!protect || (ret = wp_protect(r, page, page + 1)) == 0)
			found(r, page, page + 1);
		pthread_mutex_unlock(&w->lock);
		/* Unmapped: nobody's. */
		if (ret < 0 && ret != -ENOENT)
			return ret;
	}
	return (int64_t)end;
}

int64_t wp_scan(struct uffd_region *r, uint64_t first, uint64_t end, bool protect)
{
	struct wp *w = atomic_load(&r->wp);
	struct page_region ranges[SCAN_RANGES];
	uint64_t stop = end, address = region_address(r, first, &stop);
	struct pm_scan_arg arg = {
		/* Without CHECK_WPASYNC what is not of this registration any more is passed over. */
		.flags = protect ? PM_SCAN_WP_MATCHING : 0,
		.start = address,
		.end = address + ((stop - first) << r->page_shift),
		.vec = (uint64_t)(uintptr_t)ranges,
		.vec_len = SCAN_RANGES,
		.category_mask = PAGE_IS_WRITTEN,
		.return_mask = PAGE_IS_WRITTEN,
	};
	int64_t n;

	if (!address)
		return (int64_t)stop;
	/* 2 ns a page: nobody is to wait long for the lock. */
	if (!protect && stop - first > SCAN_PAGES) {
		stop = first + SCAN_PAGES;
		arg.end = address + (SCAN_PAGES << r->page_shift);
	}
	if (r->backing->huge)
		return scan_huge(r, first, stop, address, protect);
	/* What was open when it was asked about may be protected by now, and the other way round. */
	pthread_mutex_lock(&w->lock);
	n = uffd_raw_pagemap_scan(atomic_load(&w->pagemap), &arg);
	for (int64_t i = 0; i < n; i++)
		found(r, first + ((ranges[i].start - address) >> r->page_shift),
		      first + ((ranges[i].end - address) >> r->page_shift));
	pthread_mutex_unlock(&w->lock);
	if (n < 0)
		return n;
	return (int64_t)(first + ((arg.walk_end - address) >> r->page_shift));
}

void wp_note_written(struct uffd_region *r, uint64_t first, uint64_t end)
{
	struct wp *w = atomic_load(&r->wp);
	int64_t at = (int64_t)first;

	if (!w || !(atomic_load(&w->why) & WP_ASYNC))
		return;
	while (at >= 0 && (uint64_t)at < end)
		at = wp_scan(r, (uint64_t)at, end, false);
	if (at < 0)
		wp_changed(r, first, end);
}

int wp_find_open(struct uffd_region *r)
{
	int64_t at = 0;

	while (at >= 0 && (uint64_t)at < r->pages.pages) {
		gate_share(&r->ctx->gate);
		at = wp_scan(r, (uint64_t)at, r->pages.pages, false);
		gate_leave(&r->ctx->gate);
	}
	return at < 0 ? (int)at : 0;
}

bool wp_is_gone(struct uffd_region *r)
{
	uint64_t page = 0, size = (uint64_t)sysconf(_SC_PAGESIZE);
	unsigned char unused;
	bool gone = true;

	if (r->flags & LIBUFFD_REGION_FOREIGN)
		return false;
	gate_share(&r->ctx->gate);
	/* The first page tells, mostly. */
	while (gone && page < r->pages.pages) {
		uint64_t end = page + 1, address = region_address(r, page, &end);

		gone = !address ||
		       (mincore((void *)(uintptr_t)address, (size_t)size, &unused) < 0 &&
			errno == ENOMEM);
		page = address ? page + 1 : end;
	}
	gate_leave(&r->ctx->gate);
	return gone;
}
