/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * See resolve.h. The way of a run through here:
 *
 *	install_step  under the gate: look at DISCARDED, take WAITERS, one ioctl
 *	settle        publish; whoever came meanwhile gets the page mapped first
 *
 * An install that succeeds wakes everybody who waits for its range, whether their messages have
 * been read or not. So WAITERS set before it are taken before it, and only those that were set
 * during it need another look.
 */
#include "memory/resolve.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22 /* Linux 5.14 */
#endif

#include "memory/install.h"
#include "memory/overwrite.h"
#include "memory/patience.h"
#include "memory/region.h"
#include "util/futex.h"

void resolve_tell_sleepers(struct uffd_region *r)
{
	if (atomic_load(&r->sleepers)) {
		atomic_fetch_add(&r->settled, 1);
		futex_wake_all(&r->settled);
	}
}

/* What was unmapped while it was claimed can never come, as what was unmapped when it was not. */
static void retire_unmapped(struct uffd_region *r, const struct page_run *run)
{
	uint64_t first = run->first;

	while (first < run->end) {
		uint64_t stop = run->end;

		if (!region_address(r, first, &stop))
			pagestate_retire(&r->pages, first, stop);
		first = stop;
	}
}

void resolve_give_up(struct uffd_region *r, const struct page_run *run, unsigned int state)
{
	bool waited;

	if (run->first == run->end)
		return;
	gate_share(&r->ctx->gate);
	waited = pagestate_give_up(&r->pages, run->first, run->end, state);
	retire_unmapped(r, run);
	if (waited)
		region_wake(r, run->first, run->end);
	gate_leave(&r->ctx->gate);
	resolve_tell_sleepers(r);
}

/* Shared memory: CONTINUE tells whether the page was thrown away; then it is zeros. */
static int64_t map_shared(struct uffd_region *r, uint64_t page, uint64_t address, bool wp)
{
	struct wp *w = atomic_load(&r->wp);
	uint64_t mode;
	int64_t done;

	/*
	 * Without the mode a CONTINUE erases the marker of a page that was protected; with it, one
	 * that was written and not collected yet would pass for clean.
	 */
	wp_lock(w);
	mode = wp_is_protected(r, w, page) ? UFFDIO_CONTINUE_MODE_WP : 0;
	done = uffd_raw_continue(r->ctx->fd, address, region_page_size(r), mode);
	if (done == -EFAULT) {
		pagestate_set_discarded(&r->pages, page);
		done = install_zeros(r, address, region_page_size(r), wp);
		/* Perhaps long ago, and announced: then a snapshot has zeros for it, and is right. */
		wp_lost(w, page, false);
		if (done == -EEXIST)
			done = -EAGAIN; /* somebody filled the hole: look again */
	}
	wp_unlock(w);
	return done;
}

/* Other memory: zeros find a hole if it was thrown away, and EEXIST if the message was stale. */
static int64_t map_private(struct uffd_region *r, uint64_t page, uint64_t address, bool wp)
{
	struct wp *w = atomic_load(&r->wp);
	int64_t done;
	bool said;

	/* Who is woken by it may collect at once. */
	wp_lock(w);
	said = pagestate_get(&r->pages, page) & LIBUFFD_PAGE_DISCARDED;
	done = install_zeros(r, address, region_page_size(r), wp);
	if (done > 0) {
		pagestate_set_discarded(&r->pages, page);
		wp_lost(w, page, !said);
	}
	wp_unlock(w);
	return done;
}

/*
 * Somebody waits for a page whose content was installed before: bring it to the page table. Never a
 * bare WAKE on trust: on a page that is gone it raises the same fault for ever.
 */
static void map(struct uffd_region *r, uint64_t page)
{
	struct patience patience = {0};
	int64_t done;

	do {
		uint64_t stop = page + 1, address;
		unsigned int turn = 0;
		bool wp;

		gate_share(&r->ctx->gate);
		wp = wp_begin_install(r, &turn);
		address = region_address(r, page, &stop);
		if (!address)
			done = -ENOENT;
		else if (r->backing->shared)
			done = map_shared(r, page, address, wp);
		else
			done = map_private(r, page, address, wp);
		wp_end_install(r, turn);
		/*
		 * EEXIST: it is mapped, and woke nobody. Unmapped, or no memory: the woken thread
		 * takes its signal, or faults again and so tries again.
		 */
		if (done < 0 && done != -EAGAIN && address)
			uffd_raw_wake(r->ctx->fd, address, region_page_size(r));
		gate_leave(&r->ctx->gate);
	} while (done == -EAGAIN && patience_wait(r, &patience) == 0);

	if (done == -EAGAIN)
		region_wake(r, page, page + 1);
}

static void settle(struct uffd_region *r, uint64_t first, uint64_t end)
{
	while ((first = pagestate_publish(&r->pages, first, end)) < end)
		map(r, first);
	resolve_tell_sleepers(r);
}

int resolve_again(struct uffd_region *r, struct page_run *run)
{
	settle(r, run->first, run->end);
	return 0;
}

/*
 * Shared memory: the page was EMPTY, so what is in the cache is not from here: a huge folio's spill
 * (a 4 KiB write fills 2 MiB of zeros on huge=always), or half of somebody's write. Put the right
 * content over it, then map: install_step() looks at DISCARDED again. Without a way to the file it
 * is taken as it is, and so is a page that the program had mapped before it made the region.
 */
static int64_t replace(struct uffd_region *r, uint64_t page, const uint8_t *src, bool wp)
{
	bool discarded;
	int64_t done = 0;

	if (can_overwrite(r) && !(r->flags & LIBUFFD_REGION_TRUST_CACHE) && !is_mapped(r, page))
		done = overwrite(r, page, page + 1, src);
	if (done < 0)
		return done;
	done = install_step(r, page, page + 1, INSTALL_CONTINUE, NULL, wp, &discarded);
	return done == -EFAULT ? -EAGAIN : done; /* thrown away again meanwhile */
}

/* The memory's owner is gone: nobody waits any more, nothing can be installed. */
static int bury(struct uffd_region *r, const struct page_run *run)
{
	if (!atomic_exchange(&r->ctx->dead, true))
		ctx_log(r->ctx, LIBUFFD_LOG_INFO, "the process that owned the memory is gone");
	resolve_give_up(r, run, LIBUFFD_PAGE_EMPTY);
	return -ESRCH;
}

/*
 * A COPY to a huge page whose source is not resident takes a second huge page to copy into first
 * (mm/hugetlb.c, hugetlb_mfill_atomic_pte), which a pool of the exact size does not have. True: it
 * is worth another try, once.
 */
static bool make_resident(struct uffd_region *r, const uint8_t *src, bool *done)
{
	uintptr_t start, end, page = (uintptr_t)sysconf(_SC_PAGESIZE);

	if (!r->backing->huge || *done)
		return false;
	*done = true;
	start = (uintptr_t)(src ? src : r->zeros);
	end = start + region_page_size(r);
	start -= start % page;
	return madvise((void *)start, end - start, MADV_POPULATE_READ) == 0;
}

static void finish(struct uffd_region *r, uint64_t first, uint64_t end, enum install_how how,
		   bool has_content)
{
	struct page_run run = {first, end, false};

	if (how == INSTALL_POISON && !has_content)
		resolve_give_up(r, &run, LIBUFFD_PAGE_POISONED);
	else
		settle(r, first, end);
}

int resolve(struct uffd_region *r, struct page_run *run, const struct install *install)
{
	uint64_t origin = run->first, limit = run->end;
	struct patience patience = {0};
	bool gone = false, resident = false, discarded;
	int ret;

	if (install->how == INSTALL_POPULATE) {
		ret = overwrite(r, run->first, run->end, install->src);
		if (ret < 0)
			return ret;
	}
	while (run->first < run->end) {
		uint64_t page = run->first;
		const uint8_t *src = install->src;
		enum install_how how = install->how;
		int64_t done;

		if (src)
			src += (page - origin) << r->page_shift;
		done = install_step(r, page, limit, how, src, install->wp, &discarded);
		if (how == INSTALL_MOVE && (done == -EBUSY || done == -ENOENT || done == -EINVAL))
			done = install_step(r, page, page + 1, how = INSTALL_COPY, src, install->wp,
					    &discarded);
		/* All but the source has been checked: an address that no user memory has. */
		if (how == INSTALL_COPY && done == -EINVAL)
			done = -EFAULT;
		if (done == -EEXIST)
			done = replace(r, page, how == INSTALL_COPY && !discarded ? src : NULL,
				       install->wp);

		switch (uffd_raw_outcome(done)) {
		case LIBUFFD_OUTCOME_DONE:
			resident = false;
			finish(r, page, page + (uint64_t)done, how, discarded);
			run->first = page + (uint64_t)done;
			limit = run->first < limit ? limit : run->end;
			patience = (struct patience){0};
			break;
		case LIBUFFD_OUTCOME_RETRY:
			ret = patience_wait(r, &patience);
			if (ret < 0)
				return ret;
			break;
		case LIBUFFD_OUTCOME_GONE:
			if (done == -ESRCH)
				return bury(r, run);
			/* Also when the range spans two mappings: only a single page tells. */
			if (limit - page > 1) {
				limit = page + (limit - page) / 2;
				break;
			}
			gone = true;
			resolve_give_up(r, &(struct page_run){page, page + 1, false},
					LIBUFFD_PAGE_POISONED);
			run->first = limit;
			limit = run->end;
			break;
		default:
			if (done == -ENOMEM && make_resident(r, src, &resident))
				break;
			return (int)done;
		}
	}
	return gone ? -ENOENT : 0;
}

void resolve_poisoned(struct uffd_region *r, struct page_run *run)
{
	uint64_t stop = run->end, address;
	bool discarded;

	gate_share(&r->ctx->gate);
	pagestate_discarded_run(&r->pages, run->first, run->end, &discarded);
	address = region_address(r, run->first, &stop);
	/*
	 * A stale message, or the marker went with the page table's entry: a bare WAKE would raise
	 * the same fault for ever. EEXIST: it is still there.
	 */
	if (address && !discarded)
		uffd_raw_poison(r->ctx->fd, address, region_page_size(r), 0);
	gate_leave(&r->ctx->gate);
	/* Thrown away by its user, it is zeros: its waiters fault again and get them. */
	resolve_give_up(r, run, discarded ? LIBUFFD_PAGE_EMPTY : LIBUFFD_PAGE_POISONED);
}

void resolve_wake_all(struct uffd_region *r)
{
	gate_share(&r->ctx->gate);
	region_wake(r, 0, r->pages.pages);
	gate_leave(&r->ctx->gate);
}
