/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what brings the content of all regions of one context: its reads, their buffers, its
 * threads where the loop has no ring, its prefetches.
 * Must never: be known to the layers below, but as struct content and struct filler_ops.
 */
#ifndef PAGER_PAGER_H
#define PAGER_PAGER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "memory/context.h"
#include "memory/region.h"
#include "memory/resolve.h"
#include "pager/buffers.h"
#include "pager/pool.h"
#include "pager/source.h"

struct uffd_prefetch;

#define READS 1024u /* at once; beyond them requests wait for room */

/*
 * One read: a claimed run on its way from a source. What sources know as struct uffd_read. It
 * belongs to one thread at a time, and changes hands when it is begun and when it is answered.
 */
struct uffd_read {
	struct pager *pager;
	struct uffd_region *region;
	struct page_run run;    /* claimed, and to be installed in one way */
	struct uffd_extent why; /* who asked first */
	uint64_t read_at;       /* when its fault's message was read, 0: not to be measured */
	struct uffd_prefetch *prefetch; /* whose it is, or NULL */
	struct uffd_workingset *set;    /* recording it when it was begun, or NULL */
	uint64_t set_entry;
	uint32_t how; /* LIBUFFD_INSTALL_* */
	bool waited;  /* counted in pager->demand */
	bool queued;  /* it has left the thread that began it, and may have been answered */

	struct room room; /* none: straight into the alias */
	uint8_t *to;      /* where the run's content goes */
	uint64_t length;  /* bytes of it */
	uint64_t filled;  /* ... that are there */

	struct segment part;    /* what is being read now */
	_Atomic uint32_t stage; /* of a submit: enum stage in reading.c */
	int64_t answer;         /* ... that came before it returned */
	bool direct;            /* ... is read by O_DIRECT */
	bool through_cache;     /* O_DIRECT was refused for it */
	void (*answered)(struct uffd_read *read, int64_t n);
	struct file_read file;
	struct uffd_read *next; /* the pool's */

	/* A stretch of a working set's packed content, see replay.c: where in it, and which pages. */
	uint64_t packed_at;
	uint64_t claims;
};

struct pager {
	struct uffd_ctx *ctx;
	struct uffd_read *reads;
	_Atomic uint64_t reads_taken[READS / 64];
	struct buffers buffers;
	struct pool pool;
	_Atomic bool wants_threads; /* a source blocks a ring */
	_Atomic uint32_t demand;    /* reads under way that somebody waits for */
	_Atomic uint64_t demanded;  /* when the last of them began; clock */

	pthread_mutex_t lock; /* prefetches */
	struct uffd_prefetch *prefetches;
	_Atomic bool prefetching; /* there may be one */
};

/* Region.takes_huge */
enum { HUGE_UNKNOWN, HUGE_YES, HUGE_NO };

/* struct content: attach and bring of every source. */
int pager_attach(struct uffd_region *r, uint32_t install);
int pager_bring(struct uffd_region *r, struct page_run *run, const struct uffd_extent *why);
int pager_again(struct uffd_read *read);
void pager_cancel(struct uffd_read *read);

/*
 * The same for a prefetch, which is told of everything it brings, and of every read that ends. Its
 * bytes are in flight before the call; those that are left of *run are in flight no more by its own
 * word.
 */
int pager_bring_for(struct uffd_prefetch *prefetch, struct uffd_region *r, struct page_run *run,
		    const struct uffd_extent *why);

/*
 * The read is over, whatever became of it: gone bytes are in flight no more, brought bytes are
 * there. Its region may end, and with it all that is here, before this returns.
 */
void pager_conclude(struct uffd_read *read, uint64_t gone, uint64_t brought, int error);

/* piece.c */

/* Where the huge page that page is in ends, as install_huge needs it aligned. */
uint64_t pager_huge_edge(struct uffd_region *r, uint64_t page);

/* put.c: 0, or an error with *run cut to what is not there. */

/* Installs in one way, from src where that needs it. */
int pager_put(struct uffd_region *r, struct page_run *run, enum install_how how,
	      const uint8_t *src);
/* COPY, with pages of zeros as zero pages where the region wants them looked for. */
int pager_put_copy(struct uffd_region *r, struct page_run *run, const uint8_t *src);
/* The read's content is where the read has put it: into the memory with it. */
int pager_install(struct uffd_read *read);

static inline struct pager *pager_of(const struct uffd_region *r)
{
	return r->ctx->filler;
}

#endif
