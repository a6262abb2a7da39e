/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: where the content of a page is: in memory, in the source still, or nowhere, being zeros.
 * Must never: touch the memory itself, where a page that is unmapped is a signal: system calls say
 * EFAULT.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <sys/uio.h>
#include <unistd.h>

#include <uffd/resolve.h>

#include "memory/overwrite.h"
#include "memory/patience.h"
#include "pager/source.h"
#include "track/snapshot.h"
#include "util/clock.h"

static uint64_t length_of(const struct uffd_region *r, const struct page_run *run)
{
	return (run->end - run->first) << r->page_shift;
}

/* Where page is now, and in run->end where it ends, if that is sooner. 0: unmapped. */
static uint64_t address_of(struct uffd_region *r, struct page_run *run)
{
	uint64_t address;

	gate_share(&r->ctx->gate);
	address = region_address(r, run->first, &run->end);
	gate_leave(&r->ctx->gate);
	return address;
}

static bool has_swap(void)
{
	struct sysinfo info;

	return sysinfo(&info) < 0 || info.totalswap;
}

/*
 * Whether the first page of run was never touched; cuts run to those that are alike. mincore(2)
 * says 0 of what is neither in the page table nor in the page cache, and of what is swapped out.
 * Huge pages never are; of a file of them it looks at the page table only. What is read to find
 * that it is zeros costs a fault and a page table, and of shared memory and hugetlb a page.
 */
static bool is_absent(const struct uffd_region *r, uint64_t address, struct page_run *run)
{
	uint64_t size = (uint64_t)sysconf(_SC_PAGESIZE), each = region_page_size(r) / size;
	uint64_t pages = run->end - run->first, alike = 1;
	unsigned char there[64] = {0};

	if (r->backing->huge ? !r->anonymous : has_swap())
		return false;
	pages = each > 1 ? 1 : pages < sizeof(there) ? pages : sizeof(there);
	if (mincore((void *)(uintptr_t)address, (size_t)(pages * size), there) < 0)
		return false;
	while (alike < pages && (there[alike] & 1) == (there[0] & 1))
		alike++;
	if (!r->backing->huge && has_swap())
		return false;
	run->end = run->first + alike;
	return !(there[0] & 1);
}

/*
 * The first page of run that is not protected any more, or its end. Anonymous memory loses its
 * protection when it is thrown away, and what is written to it then makes no fault where no MISSING
 * does: it would be saved younger than the instant. Documentation/admin-guide/mm/pagemap.rst: bit
 * 57.
 */
static uint64_t kept_end(struct uffd_region *r, uint64_t address, const struct page_run *run)
{
	int pagemap = atomic_load(&atomic_load(&r->wp)->pagemap);
	uint64_t size = (uint64_t)sysconf(_SC_PAGESIZE), each = region_page_size(r) / size;
	uint64_t entries[64];

	if (!wp_loses_protection(r))
		return run->end;
	for (uint64_t page = run->first, n; page < run->end; page += n) {
		uint64_t at = address + ((page - run->first) << r->page_shift);

		n = each > 1 ? 1 : run->end - page < 64 ? run->end - page : 64;
		if (pread(pagemap, entries, (size_t)n * sizeof(entries[0]),
			  (off_t)(at / size * sizeof(entries[0]))) !=
		    (ssize_t)(n * sizeof(entries[0])))
			return run->end;
		for (uint64_t i = 0; i < n; i++)
			if (!(entries[i] >> 57 & 1))
				return page + i;
	}
	return run->end;
}

/* The file's pages need no mapping; its holes read as zeros and stay holes. */
static int read_file(struct uffd_region *r, const struct page_run *run, uint8_t *to)
{
	uint64_t length = length_of(r, run), offset = run->first << r->page_shift;

	while (length) {
		ssize_t n = pread(r->fd, to, (size_t)length, (off_t)(r->fd_offset + offset));

		if (n < 0 && errno == EINTR)
			continue;
		/* It was cut short: what was mapped behind its end is no more. */
		if (n <= 0)
			return n < 0 ? -errno : -ENOENT;
		to += n;
		offset += (uint64_t)n;
		length -= (uint64_t)n;
	}
	return SAVED_MEMORY;
}

/* As much of it as can be read. */
static uint64_t read_address(uint64_t address, uint64_t length, uint8_t *to)
{
	uint64_t done = 0;

	while (done < length) {
		struct iovec local = {to + done, (size_t)(length - done)};
		struct iovec remote = {(void *)(uintptr_t)(address + done),
				       (size_t)(length - done)};
		ssize_t n = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);

		if (n <= 0)
			break;
		done += (uint64_t)n;
	}
	return done;
}

/*
 * A page cannot be read, or is not kept (readable). -EAGAIN: it is being moved, and the loop has
 * yet to hear of it; 0: it has been; -ENOENT: it is unmapped, of which a context may not hear at
 * all; -EFAULT: it is there and cannot be read; -ESTALE: it was thrown away.
 */
static int why_not(const struct uffd_snapshot *s, struct uffd_region *r, uint64_t page,
		   uint64_t address, bool readable)
{
	struct wp *w = atomic_load(&r->wp);
	uint64_t end = page + 1;
	unsigned char unused;
	int ret = 0;
	bool same;

	gate_share(&r->ctx->gate);
	same = region_address(r, page, &end) == address;
	wp_lock(w);
	/* It was stopped meanwhile, and the regions are left. */
	if (w->saver != &s->saver)
		ret = -ECANCELED;
	else if (same && region_is_changing(r))
		ret = -EAGAIN;
	wp_unlock(w);
	gate_leave(&r->ctx->gate);
	if (!same || ret == -EAGAIN || ret == -ECANCELED)
		return ret;
	if (mincore((void *)(uintptr_t)address, 1, &unused) < 0 && errno == ENOMEM)
		return -ENOENT;
	return readable ? -ESTALE : -EFAULT;
}

/* By address: a page that is missing is asked of the loop, as any thread would. */
static int read_mapping(const struct uffd_snapshot *s, struct uffd_region *r, struct page_run *run,
			uint8_t *to)
{
	struct patience patience = {0};
	int ret = 0;

	while (ret == 0) {
		uint64_t address = address_of(r, run), length, done, page;
		struct page_run again;
		bool absent;

		if (!address)
			return -ENOENT;
		absent = is_absent(r, address, run);
		length = length_of(r, run);
		done = absent ? length : read_address(address, length, to);
		page = done < length ? run->first + (done >> r->page_shift)
				     : kept_end(r, address, run);
		/* mremap() may have moved it meanwhile, and something else come in its place. */
		again = *run;
		if (address_of(r, &again) != address || again.end != run->end)
			continue;
		if (page == run->end)
			return absent ? SAVED_ZEROS : SAVED_MEMORY;
		ret = why_not(s, r, page, address + ((page - run->first) << r->page_shift),
			      done == length);
		if (ret == -EAGAIN)
			ret = patience_wait(r, &patience);
	}
	return ret;
}

static int read_memory(const struct uffd_snapshot *s, struct uffd_region *r, struct page_run *run,
		       uint8_t *to)
{
	if (r->backing->shared && r->fd >= 0)
		return read_file(r, run, to);
	return read_mapping(s, r, run, to);
}

/* It may end within the last page, the rest of which is zeros. */
static int read_source(struct uffd_region *r, const struct page_run *run, uint8_t *to)
{
	uint64_t at = r->source_offset + (run->first << r->page_shift);
	uint64_t length = length_of(r, run), has = r->source->content.length - at;
	int ret;

	if (has < length) {
		memset(to + has, 0, (size_t)(length - has));
		length = has;
	}
	ret = source_read(r->source, to, length, at);
	return ret < 0 ? ret : SAVED_SOURCE;
}

/* A fault would bring it; so does this. */
static int demand(const struct uffd_snapshot *s, struct uffd_region *r, struct page_run *run,
		  uint8_t *to)
{
	const struct timespec soon = ns_timespec(clock_now() + NS_PER_S);
	int ret;

	run->end = run->first + 1;
	ret = uffd_demand(r, run->first << r->page_shift, region_page_size(r), &soon);
	/* Its source may take its time; a snapshot can be cancelled meanwhile. */
	return ret == -ETIMEDOUT ? SAVED_LATER : ret < 0 ? ret : read_memory(s, r, run, to);
}

/* Of a trusted cache what is in it is the content, and the rest is the source's. */
static bool is_cached(struct uffd_region *r, struct page_run *run)
{
	uint64_t address = address_of(r, run);
	unsigned char there = 0;

	run->end = run->first + 1;
	return address && mincore((void *)(uintptr_t)address, 1, &there) == 0 && there & 1;
}

/* Nobody has filled it: then it is what the source has, or what the program had there before. */
static int read_empty(const struct uffd_snapshot *s, struct uffd_region *r, struct page_run *run,
		      uint8_t *to, bool sources)
{
	bool mapped, trusted = r->flags & LIBUFFD_REGION_TRUST_CACHE;

	if (!region_has_content(r) || (trusted && is_cached(r, run)))
		return read_memory(s, r, run, to);
	if (!trusted) {
		gate_share(&r->ctx->gate);
		run->end = mapped_alike(r, run->first, run->end, &mapped);
		gate_leave(&r->ctx->gate);
		if (mapped)
			return read_memory(s, r, run, to);
	}
	if (!sources)
		return SAVED_LATER;
	/* What is swapped out looks like what was never there. */
	if (trusted || !r->source || (!r->backing->shared && !r->backing->huge && has_swap()))
		return demand(s, r, run, to);
	return read_source(r, run, to);
}

/* It will never come: unmapped, or poisoned. */
static int why_never(struct uffd_region *r, struct page_run *run)
{
	return address_of(r, run) ? -EHWPOISON : -ENOENT;
}

int snapshot_read(const struct uffd_snapshot *s, struct uffd_region *r, struct page_run *run,
		  uint8_t *to, bool sources)
{
	unsigned int first = pagestate_get(&r->pages, run->first) & ~(unsigned)LIBUFFD_PAGE_WAITERS;
	unsigned int state = LIBUFFD_PAGE_STATE(first);
	uint64_t page = run->first + 1;

	/* Only a region that brings pages knows where they are. */
	if (!(r->modes & (LIBUFFD_MISSING | LIBUFFD_MINOR)))
		return read_memory(s, r, run, to);
	while (page < run->end &&
	       (pagestate_get(&r->pages, page) & ~(unsigned)LIBUFFD_PAGE_WAITERS) == first)
		page++;
	run->end = page;
	if (state == LIBUFFD_PAGE_BUSY)
		return SAVED_LATER;
	if (state == LIBUFFD_PAGE_POISONED)
		return why_never(r, run);
	if (state == LIBUFFD_PAGE_CACHED)
		return read_memory(s, r, run, to);
	if (first & LIBUFFD_PAGE_DISCARDED)
		return SAVED_ZEROS;
	return read_empty(s, r, run, to, sources);
}
