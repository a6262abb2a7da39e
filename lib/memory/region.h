/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a region: its registration, its pages' states, where in the address space its parts are
 * now, and who brings content.
 * Must never: install a page (resolve.c does).
 */
#ifndef MEMORY_REGION_H
#define MEMORY_REGION_H

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <uffd/region.h>

#include "memory/backing.h"
#include "memory/context.h"
#include "memory/pagestate.h"
#include "memory/wp.h"

struct uffd_read;

/* What the memory layer needs of a source; every source begins with it. */
struct content {
	/* A region is made that uses it; install is the options' word on how. 0, or -errno. */
	int (*attach)(struct uffd_region *region, uint32_t install);
	/*
	 * Brings a claimed run, now or later. 0: it is there or under way. BRING_BUSY, or -errno:
	 * *run has been cut to what is not, from its first page on, which is still claimed.
	 */
	int (*bring)(struct uffd_region *region, struct page_run *run,
		     const struct uffd_extent *why);
	/*
	 * Goes on with a read that had no room for its next part (fill_later()). BRING_BUSY: it
	 * still has none; 0: it has been seen to.
	 */
	int (*again)(struct uffd_read *read);
	/* Ends one that will not go on. Its pages are the caller's. */
	void (*cancel)(struct uffd_read *read);
	uint64_t length;
	void (*keep)(struct uffd_source *source);
	void (*drop)(struct uffd_source *source);
};

#define BRING_BUSY 1
/*
 * Among the errors of bringing: the mapping has been changing for as long as the library waits, and the
 * content was never the trouble. No number of an errno, since a callback may answer any of these.
 */
#define BRING_CHANGING (-4097)
/* As the interface says it. */
static inline int bring_errno(int error)
{
	return error == BRING_CHANGING ? -EAGAIN : error;
}

/* Among the flags of an extent that is asked for again for want of room: it has been noted before. */
#define EXTENT_NOTED (UINT32_C(1) << 31)

/* Where a stretch of the region is: one for the whole until mremap or munmap changes it. */
struct part {
	uint64_t offset;
	uint64_t length;
	uint64_t address;
};

/*
 * Room that needs no mmap(2) when mremap() cuts a region: that would land in the very hole which
 * the program is about to map something else over.
 */
#define FEW_PARTS 8

struct uffd_region {
	struct uffd_ctx *ctx;
	struct uffd_region *next;
	struct pagestate pages;
	int state_range; /* of the context's state file, or -1 */
	bool continued;  /* ... and another process had it before */
	uint64_t length;
	unsigned int page_shift;
	uint32_t modes;
	uint32_t flags;
	uint32_t type;
	const struct backing *backing;

	/* Sorted by offset. Changed under the gate, held exclusive. */
	struct part *parts; /* few, or pages of their own */
	uint32_t part_count;
	uint32_t part_capacity;
	struct part few[FEW_PARTS];

	int fd; /* -1: none */
	uint64_t fd_offset;
	uint8_t *alias;       /* a second mapping, or NULL */
	const uint8_t *zeros; /* the context's, or a huge page of the region's own */
	uint64_t zeros_length;

	_Atomic uint64_t around; /* pages in a fault's window */
	uint64_t around_wanted;  /* ... when nothing is being recorded */
	uffd_fault_fn fault;     /* NULL with a source */
	uffd_wp_fn wp_fault;
	uffd_lost_fn lost;
	struct uffd_source *source;
	uint64_t source_offset;
	uint32_t install;            /* the source's: LIBUFFD_INSTALL_*, never AUTO */
	uint32_t install_huge;       /* ... of whole huge pages; AUTO: as the rest */
	bool anonymous;              /* no file is behind it: what was never touched is zeros */
	bool had_pages;              /* the program had pages there before, and keeps them */
	_Atomic uint32_t takes_huge; /* whether the alias gives huge pages: enum takes_huge */
	struct uffd_workingset *_Atomic recording;
	_Atomic uint32_t recorders; /* threads that may have seen recording */
	void *user;
	void (*user_free)(void *user);

	uint32_t on_error;
	uint32_t max_retries;
	uint64_t retry_ns;

	struct wp *_Atomic wp; /* NULL: it was never tracked */
	_Atomic uint32_t install_turn;
	_Atomic uint32_t installs[2]; /* under way; of regions with WP, see wp_begin_install() */

	_Atomic bool ending;       /* what fails is given up, and not asked for again */
	_Atomic bool leaving;      /* its faults are sent back: it is being removed */
	_Atomic uint32_t fillers;  /* threads and reads that are filling it */
	_Atomic uint32_t sleepers; /* threads in uffd_demand() */
	_Atomic uint32_t settled;  /* their futex: counts completions while there are sleepers */
};

/* Checks the range of a public call: 0, -EINVAL, -ERANGE, -ECHILD; [*first, *end) in pages. */
int region_pages(const struct uffd_region *r, uint64_t offset, uint64_t length, uint64_t *first,
		 uint64_t *end);

/*
 * The address of page, and in *end the page where its part ends, if that is sooner. 0 where it was
 * unmapped; *end is then the end of the hole. Under the gate.
 */
uint64_t region_address(const struct uffd_region *r, uint64_t page, uint64_t *end);

/*
 * Calls for every part of [first, end) that is mapped, with its address and its bytes, until one
 * fails. 0, or what that one says. Under the gate.
 */
int region_each_part(struct uffd_region *r, uint64_t first, uint64_t end,
		     int (*call)(int fd, uint64_t address, uint64_t length, uint64_t mode),
		     uint64_t mode);

/* Wakes everybody who waits in [first, end). 0, or -errno. Under the gate. */
int region_wake(struct uffd_region *r, uint64_t first, uint64_t end);

/*
 * Whether some of the context's memory is being thrown away, moved or unmapped and the loop has yet
 * to hear of it, or the thread that does it to be done.
 */
bool region_is_changing(const struct uffd_region *r);

/* Takes the registration of parts off, and wakes who waits there. */
void parts_unregister(int fd, const struct part *parts, uint32_t count);

/* close.c */

/* Takes it out of its context. With the context's lock held. */
void region_unlink(struct uffd_region *r);
/* Frees it, and calls user_free. Without the lock. */
void region_free(struct uffd_region *r);

/* Whether there is somebody to bring content. */
static inline bool region_has_content(const struct uffd_region *r)
{
	return r->source || r->fault;
}

static inline uint64_t region_page_size(const struct uffd_region *r)
{
	return UINT64_C(1) << r->page_shift;
}

#endif
