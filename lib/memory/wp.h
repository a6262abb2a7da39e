/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: which pages of a region are write-protected on behalf of those who track it (dirty
 * tracking, snapshots), and what a write to one of them means. Must never: block in the reader's
 * thread; save a page (a snapshot does, see struct wp_saver).
 *
 * A region has these planes from the first time that it is tracked until it ends; they and every
 * ioctl that changes a page's protection go together under the lock, which is taken under the gate.
 * Otherwise: a fault notes a page as written, a collect takes the note and protects it, and then
 * the fault lifts the protection: a page that is written to for ever, and never noted again.
 */
#ifndef MEMORY_WP_H
#define MEMORY_WP_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct uffd_region;

/* A snapshot, as the memory layer sees it. Both are called with the lock held. */
struct wp_saver {
	/* Somebody waits to change a page that has yet to be saved. Reader's thread, or any. */
	void (*wanted)(struct wp_saver *saver, struct uffd_region *r, uint64_t page);
	/* Pages that had yet to be saved are gone, or it cannot be known which had to be. */
	void (*lost)(struct wp_saver *saver, int error);
	bool incremental;
};

/* Why pages are protected. */
#define WP_TRACKED  (1u << 0) /* dirty tracking by faults */
#define WP_ASYNC    (1u << 1) /* dirty tracking by the kernel */
#define WP_PREPARED (1u << 2) /* a snapshot, from its start to its end */
#define WP_HELD     (1u << 3) /* ... is at its instant: nobody writes until it is over */
#define WP_SAVING   (1u << 4) /* ... has had it: pending says what has yet to be saved */

struct wp {
	pthread_mutex_t lock;
	_Atomic uint32_t why;
	struct wp_saver *saver;
	uint64_t pages;
	uint64_t *planes;
	uint64_t *open;            /* may be written to: it is not protected */
	uint64_t *dirty;           /* written since it was collected */
	uint64_t *again;           /* said to be thrown away, and perhaps not yet */
	uint64_t *pending;         /* to be saved */
	uint64_t *wanted;          /* ... and somebody waits for it */
	_Atomic int pagemap;       /* /proc/self/pagemap; or a negative errno */
	_Atomic uint32_t users;    /* snapshots that know the region, over or not */
	_Atomic uint32_t saved;    /* a futex: counts while there are sleepers */
	_Atomic uint32_t sleepers; /* in wp_save_first() */
};

/*
 * Whether page is protected, or its marker is, as those know who track it. With the lock held, w
 * being the region's; without one, what the page table says.
 */
bool wp_is_protected(struct uffd_region *r, struct wp *w, uint64_t page);

/* The region's, made if need be; NULL: no memory. */
struct wp *wp_of(struct uffd_region *r);
void wp_free(struct uffd_region *r);

/*
 * Whether write faults can be had from it: 0; -EOPNOTSUPP: no WP, or the kernel would answer them,
 * or would leave out pages that were never touched; -EBUSY: its user has them.
 */
int wp_has_faults(const struct uffd_region *r);

/*
 * Whether the page table can be asked: 0; -EMFILE, -ENFILE, -ENOMEM: not now; -EOPNOTSUPP: there is
 * no /proc, or it is not for us.
 */
int wp_has_pagemap(const struct wp *w);

/* Whether somebody tracks it, for one of these reasons. */
bool wp_tracks(struct uffd_region *r, uint32_t why);

/* Whether it may not end yet: it is tracked, or a snapshot knows it. */
bool wp_in_use(struct uffd_region *r);

/* Around a look at a page's protection that is to be true until something has been done about it. */
static inline void wp_lock(struct wp *w)
{
	if (w)
		pthread_mutex_lock(&w->lock);
}

static inline void wp_unlock(struct wp *w)
{
	if (w)
		pthread_mutex_unlock(&w->lock);
}

/*
 * Around the ioctl of an install: whether the page shall be protected by it. Otherwise one that was
 * begun before a tracking was, and ends after, would leave a page open that passes for protected.
 */
bool wp_begin_install(struct uffd_region *r, unsigned int *turn);
void wp_end_install(struct uffd_region *r, unsigned int turn);
/* Returns when all that were begun before this call, and did not see why, are over. */
void wp_wait_for_installs(struct uffd_region *r);

/* wp_protect.c */

/*
 * Protects what is open, by runs, taking gaps of protected pages along where that is cheaper than
 * another ioctl. 0; -EAGAIN: the mapping kept changing; -ENOENT; what was not done is still open.
 * Not under the gate.
 */
int wp_protect_open(struct uffd_region *r);
/*
 * Protects [first, end), but for pages that have yet to be saved: one of those that is open has
 * been thrown away, and the snapshot is to find it so. They stay open. Under the gate and the lock.
 * 0, or -errno, and then all of it is open still.
 */
int wp_protect(struct uffd_region *r, uint64_t first, uint64_t end);
/*
 * Opens [first, end) and wakes those who wait there; tracked, they are dirty. Under the gate and
 * the lock.
 */
void wp_lift(struct uffd_region *r, uint64_t first, uint64_t end);
/* The same of what nobody has ever tracked, so that there is nothing to note. Under the gate. */
void wp_lift_untracked(struct uffd_region *r, uint64_t first, uint64_t end);
/* wp_lift() where somebody waits to write; from here on nobody does. Under the gate and the lock. */
void wp_lift_wanted(struct uffd_region *r, uint64_t first, uint64_t end);
/* Opens all of it that nobody has a reason to protect any more. Not under the gate. */
void wp_lift_all(struct uffd_region *r);

/* wp_scan.c */

/*
 * Whether its pages lose their protection without a word: when they are thrown away, and no MISSING
 * fault comes after. Other memory keeps a marker.
 */
bool wp_loses_protection(const struct uffd_region *r);
/*
 * Asks the kernel which pages from first on are not protected. With WP_ASYNC they are dirty, and
 * protect says that they shall be protected again in the same step; otherwise those of them that
 * pass for protected are dirty, and open. Returns the page where the scan ended, or -errno:
 * -EINVAL, -ENOTTY: this kernel cannot. Under the gate.
 */
int64_t wp_scan(struct uffd_region *r, uint64_t first, uint64_t end, bool protect);
/* The latter for all of it. Not under the gate. 0, or -errno. */
int wp_find_open(struct uffd_region *r);
/*
 * WP_ASYNC: what the kernel shows as written is dirty, since an install is about to pass it off as
 * clean. Under the gate.
 */
void wp_note_written(struct uffd_region *r, uint64_t first, uint64_t end);

/*
 * Whether nothing of it is mapped any more. A context that does not hear of munmap() has to ask.
 * Not under the gate.
 */
bool wp_is_gone(struct uffd_region *r);

/* wp_changes.c */

/* Pages changed in a way that nothing shows: installed as zeros, say. Under the gate. */
void wp_changed(struct uffd_region *r, uint64_t first, uint64_t end);
/*
 * Dirty bits were taken: what was about to be thrown away is dirty once more, and open, since its
 * protection goes with it, and once more each time while it is still there; and what is open is
 * dirty always, where faults tell. Under the gate and the lock.
 */
void wp_once_more(struct uffd_region *r, uint64_t first, uint64_t end);
/*
 * Around the ioctl that brings [first, end): if some of it was to be thrown away the lock is held
 * in between, since who is woken may collect at once; NULL: none was. The end is told what was
 * absent and has been brought: that has been thrown away. Under the gate.
 */
struct wp *wp_begin_return(struct uffd_region *r, uint64_t first, uint64_t end);
void wp_end_return(struct wp *w, uint64_t first, uint64_t end);
/*
 * A page is found to be gone, and becomes zeros. unsaid: nobody had said so. w: the region's, or
 * NULL. Under the gate and the lock.
 */
void wp_lost(struct wp *w, uint64_t page, bool unsaid);
/* They are being thrown away, or were unmapped. With the gate held exclusive. */
void wp_thrown_away(struct uffd_region *r, uint64_t first, uint64_t end);
void wp_unmapped(struct uffd_region *r, uint64_t first, uint64_t end);
/* They are nobody's any more. With the lock held. */
void wp_forget(struct uffd_region *r, uint64_t first, uint64_t end);

/* wp_writers.c */

/* A write to a protected page. The reader's thread. */
void wp_write_fault(struct uffd_region *r, uint64_t page);
/* Whether one of these pages has yet to be saved. */
bool wp_is_pending(struct uffd_region *r, uint64_t first, uint64_t end);
/*
 * Returns when none of these pages has yet to be saved. Not under the gate. -EDEADLK: they have,
 * and this is the reader's thread, for which the snapshot may have to wait.
 */
int wp_save_first(struct uffd_region *r, uint64_t first, uint64_t end);

#endif
