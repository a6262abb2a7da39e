/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what the files of a snapshot share: its parts, its buffers, its two threads.
 * Must never: be taken for the interface, which is <uffd/snapshot.h>.
 *
 * Locks: gate, then the region's planes (struct wp), then the snapshot's.
 */
#ifndef TRACK_SNAPSHOT_H
#define TRACK_SNAPSHOT_H

#include <pthread.h>
#include <sys/types.h>

#include <uffd/snapshot.h>

#include "memory/region.h"

/* So many pages that somebody waits for are remembered; the others come when the sweep does. */
#define WANTED_MOST 4096u

struct part_saved {
	struct uffd_region *region;
	struct wp *wp;
	uint64_t pages;
	uint64_t offset; /* in the output */
	uint64_t cursor; /* the sweep: a page */
	uint64_t *taken; /* tracked: what was dirty at the instant */
};

/* Pages that have been copied, on their way to the output. */
struct block {
	struct block *next;
	uint8_t *at;
	const struct part_saved *part;
	uint64_t first; /* pages */
	uint64_t end;
};

struct wanted {
	struct part_saved *part;
	uint64_t page;
};

struct uffd_snapshot {
	struct wp_saver saver; /* first */
	struct uffd_ctx *ctx;
	pid_t pid;
	struct part_saved *parts;
	uint32_t count;
	bool incremental;
	int fd;
	uffd_snapshot_write_fn write;
	void *user;

	pthread_mutex_t lock;
	pthread_cond_t work;   /* for the copier: armed, wanted, a free block, over */
	pthread_cond_t filled; /* for the output: a block, or all have been copied */
	struct wanted wanted[WANTED_MOST];
	uint32_t wanted_head;
	uint32_t wanted_count;
	bool sources; /* the sweep is over what is in memory, and at what is not */
	uint8_t *buffers;
	struct block *blocks; /* all of them */
	struct block *free;
	uint32_t free_count;
	uint32_t block_count;
	uint64_t block_bytes;
	struct block *full; /* oldest first */
	struct block *full_last;
	bool arming;
	bool armed;
	bool copied;   /* nothing more will be filled */
	bool stopping; /* cancelled or failed */
	pthread_mutex_t leaving;
	bool left; /* the regions are */
	int error;
	uint64_t bytes_total;
	uint64_t bytes_done;
	uint64_t bytes_written;
	uint64_t bytes_waited;
	uint64_t bytes_source;
	uint64_t pause_ns;

	_Atomic uint32_t state; /* LIBUFFD_SNAPSHOT_*; a futex */
	pthread_t copier;
	pthread_t output;
};

void snapshot_free(struct uffd_snapshot *s);

/*
 * Ends it with an error, or none: cancelled. The first one counts: true. Any thread, any lock but
 * its own. Whoever holds none then leaves the regions, so that nobody waits for a copier that waits
 * for a source; or the copier does.
 */
bool snapshot_stop(struct uffd_snapshot *s, int error);

/* Writes blocks out until all are. The output's thread. */
void *snapshot_output(void *snapshot);

/* Copies what has yet to be saved, and ends the snapshot. The copier's thread. */
void *snapshot_copy(void *snapshot);

/* Pages that somebody waits for: the oldest, of which there is one; another. With the lock held. */
struct wanted snapshot_pop_wanted(struct uffd_snapshot *s);
void snapshot_push_wanted(struct uffd_snapshot *s, struct part_saved *p, uint64_t page);

/* How regions call it. */
extern const struct wp_saver snapshot_saver;

/* Protects all pages of all regions, or of none. 0, or -errno. */
int snapshot_enter_regions(struct uffd_snapshot *s);
/*
 * Once: the pages' protection is lifted, or left to the tracking, which gets back what was taken
 * from it where the snapshot is not whole. Not while it is being armed: that is seen to afterwards.
 */
void snapshot_leave_regions(struct uffd_snapshot *s, bool whole);

/* Where the content of pages came from. */
#define SAVED_MEMORY 0
#define SAVED_ZEROS  1 /* to was not written to */
#define SAVED_SOURCE 2
#define SAVED_LATER  3 /* somebody is filling the first of them right now, or a source has it */

/*
 * Reads pages of run as they were at the instant, which protection has kept, to a buffer; cuts run
 * to those that come from one place. sources: also from where it may take its time. SAVED_*, or
 * -errno.
 */
int snapshot_read(const struct uffd_snapshot *s, struct uffd_region *r, struct page_run *run,
		  uint8_t *to, bool sources);

/* Makes the output ready for the parts. 0, or -errno. */
int snapshot_open_output(const struct uffd_snapshot *s);

#endif
