/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See install.h. */
#include "memory/install.h"

#include <errno.h>

#include "memory/overwrite.h"
#include "memory/region.h"

int64_t install_zeros(struct uffd_region *r, uint64_t address, uint64_t length, bool wp)
{
	/* ZEROPAGE knows no write-protection, and hugetlb no ZEROPAGE: copy zeros. */
	if (wp || !r->backing->zeropage)
		return overwrite_copy_zeros(r, address, length, wp ? UFFDIO_COPY_MODE_WP : 0);
	return uffd_raw_zeropage(r->ctx->fd, address, length, 0);
}

/* One ioctl over pages that are alike in DISCARDED and in one part. Under the gate. */
static int64_t install_ioctl(struct uffd_region *r, enum install_how how, uint64_t address,
			     uint64_t length, const uint8_t *src, bool wp)
{
	int fd = r->ctx->fd;

	switch (how) {
	case INSTALL_COPY:
		return uffd_raw_copy(fd, address, src, length, wp ? UFFDIO_COPY_MODE_WP : 0);
	case INSTALL_ZERO:
		return install_zeros(r, address, length, wp);
	case INSTALL_CONTINUE:
	case INSTALL_POPULATE:
		return uffd_raw_continue(fd, address, length, wp ? UFFDIO_CONTINUE_MODE_WP : 0);
	case INSTALL_MOVE:
		return uffd_raw_move(fd, address, (uint64_t)(uintptr_t)src, length, 0);
	case INSTALL_POISON:
		return uffd_raw_poison(fd, address, length, 0);
	}
	return -EINVAL;
}

/*
 * POISON met something. A write-protection marker is something too (EEXIST, seen on 6.18): a page
 * without content, which must not pass for complete. Takes the marker off and tries again.
 */
static int64_t poison_marked(struct uffd_region *r, uint64_t page, uint64_t address)
{
	uint64_t length = region_page_size(r);
	int64_t done;

	if (!(r->modes & LIBUFFD_WP) || is_mapped(r, page))
		return -EEXIST;
	uffd_raw_writeprotect(r->ctx->fd, address, length, UFFDIO_WRITEPROTECT_MODE_DONTWAKE);
	done = uffd_raw_poison(r->ctx->fd, address, length, 0);
	/* It was swapped out, not absent: for a moment it could be written to. */
	if (done == -EEXIST && wp_tracks(r, UINT32_MAX)) {
		uffd_raw_writeprotect(r->ctx->fd, address, length, UFFDIO_WRITEPROTECT_MODE_WP);
		wp_changed(r, page, page + 1);
	}
	return done;
}

static bool through_cache(enum install_how how)
{
	return how == INSTALL_CONTINUE || how == INSTALL_POPULATE;
}

/*
 * The ioctl, and what it says of pages that were to be thrown away. Only zeros are brought under
 * the lock: other content may have to be read from memory that faults.
 */
static int64_t install_run(struct uffd_region *r, enum install_how how, uint64_t page, uint64_t end,
			   uint64_t address, const uint8_t *src, bool wp, bool zeros)
{
	struct wp *w = zeros ? wp_begin_return(r, page, end) : NULL;
	int64_t done = install_ioctl(r, how, address, (end - page) << r->page_shift, src, wp);

	if (!zeros && done > 0 && !through_cache(how))
		w = wp_begin_return(r, page, end);
	wp_end_return(w, page, page + (done > 0 ? (uint64_t)done >> r->page_shift : 0));
	return done;
}

static void count_installed(struct uffd_region *r, enum install_how how, uint64_t pages)
{
	static const size_t counters[] = {
		[INSTALL_COPY] = COUNTER(pages_copied),
		[INSTALL_ZERO] = COUNTER(pages_zeroed),
		[INSTALL_CONTINUE] = COUNTER(pages_continued),
		[INSTALL_POPULATE] = COUNTER(pages_populated),
		[INSTALL_MOVE] = COUNTER(pages_moved),
		[INSTALL_POISON] = COUNTER(pages_poisoned),
	};

	ctx_count(r->ctx, counters[how], pages);
}

int64_t install_step(struct uffd_region *r, uint64_t page, uint64_t end, enum install_how how,
		     const uint8_t *src, bool wp, bool *discarded)
{
	uint64_t stop, address;
	unsigned int turn = 0;
	int64_t done = 0;
	bool waiters;

	gate_share(&r->ctx->gate);
	/* Tracked, it is protected from the first moment; MOVE cannot do that. */
	if (wp_begin_install(r, &turn)) {
		wp = true;
		how = how == INSTALL_MOVE ? INSTALL_COPY : how;
	}
	stop = pagestate_discarded_run(&r->pages, page, end, discarded);
	address = region_address(r, page, &stop);
	waiters = pagestate_take_waiters(&r->pages, page, stop);
	if (*discarded && !through_cache(how))
		how = INSTALL_ZERO;
	if (*discarded)
		wp_changed(r, page, stop);
	else
		wp_note_written(r, page, stop);
	/* The kernel stopped nobody from filling a discarded page behind the mapping. */
	if (*discarded && through_cache(how) && can_overwrite(r))
		done = overwrite(r, page, stop, NULL);
	if (!address)
		done = -ENOENT;
	if (done == 0 && how == INSTALL_POPULATE && !waiters && !wp)
		done = (int64_t)((stop - page) << r->page_shift);
	else if (done == 0)
		done = install_run(r, how, page, stop, address, src, wp, *discarded);
	/*
	 * An ioctl that passed the kernel's look at mmap_changing and then waited for mremap()
	 * finds nothing at the old address, though its event is still to be read (mm/userfaultfd.c
	 * looks again only after it has found a mapping). Asked again it says EAGAIN, unless the
	 * memory is gone.
	 */
	if (done == -ENOENT && address)
		done = install_run(r, how, page, stop, address, src, wp, *discarded);
	if (done == -EEXIST && how == INSTALL_POISON)
		done = poison_marked(r, page, address);
	/* Mapped already: EEXIST woke nobody. On shared memory a fill's EEXIST may mean the cache.
	 */
	if (done == -EEXIST &&
	    (through_cache(how) || !r->backing->shared || how == INSTALL_POISON)) {
		uffd_raw_wake(r->ctx->fd, address, region_page_size(r));
		done = (int64_t)region_page_size(r);
		if (how == INSTALL_POISON)
			*discarded = true; /* not poisoned, that is: it has content */
	}
	wp_end_install(r, turn);
	gate_leave(&r->ctx->gate);

	if (done > 0) {
		done >>= r->page_shift;
		count_installed(r, how, (uint64_t)done);
		page += (uint64_t)done;
	}
	if (waiters && page < stop)
		pagestate_give_waiters(&r->pages, page, stop);
	return done;
}
