/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a userfaultfd, its features, its list of regions, its counters, and the way up to the loop
 * that reads it.
 * Must never: read messages itself.
 */
#ifndef MEMORY_CONTEXT_H
#define MEMORY_CONTEXT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <uffd/context.h>
#include <uffd/stats.h>

#include "memory/gate.h"
#include "memory/regiontable.h"

struct retry;
struct retry_chunk;
struct statefile;

/*
 * A read of a file that a reader makes: on its own ring, so that faults and reads are one wait. Its
 * memory is the caller's until done().
 */
struct file_read {
	int fd;
	void *to;
	uint64_t length;
	uint64_t offset;
	bool background; /* nobody waits for it: the others' answers come first */
	/* In the reader's thread, between two batches: bytes, or -errno. */
	void (*done)(struct file_read *read, int64_t n);
	struct file_read *next; /* the reader's */
	int64_t result;
};

/* What a context asks of its reader, handed down when a loop is opened. */
struct reader_ops {
	/*
	 * Reads every message and applies the events. Called by the reader's own thread only.
	 * False: it is to stop, and whoever called has waited long enough.
	 */
	bool (*drain)(void *reader);
	/* Something changed that the reader should look at: wake it. Any thread. */
	void (*kick)(void *reader);
	/* Begins a read. Called by the reader's own thread only. False: it has no way to. */
	bool (*read)(void *reader, struct file_read *read);
};

/* What a context tells whoever brings content, handed down with its first source. */
struct filler_ops {
	/* A loop has come, see reader_reads. Not in the reader's thread. */
	void (*reader_came)(void *filler);
	/*
	 * Once a turn, in the reader's thread: begins what can be begun. When it is to be called
	 * again though nothing arrives: 0 never, 1 at once, else the time.
	 */
	uint64_t (*work)(void *filler);
	/* A region ends: nothing more is begun for it. Any thread. */
	void (*leave)(void *filler, struct uffd_region *region);
	void (*free)(void *filler);
};

/* The counters of struct uffd_stats, in its order; latency follows. */
#define COUNTER(name) (offsetof(struct uffd_stats, name) / sizeof(uint64_t))
#define COUNTERS      (sizeof(struct uffd_stats) / sizeof(uint64_t))

struct uffd_ctx {
	int fd;
	uint32_t flags;
	uint64_t features;
	const uint32_t
		*alive;       /* 1 in the process that made the context, 0 in its forked children */
	const uint8_t *zeros; /* ZEROS_LENGTH bytes */
	struct gate gate;
	struct region_table table;
	struct statefile *state; /* NULL: nobody goes on with it */

	pthread_mutex_t lock; /* regions, the table's writer, reader, retries */
	struct uffd_region *regions;
	const struct reader_ops *reader_ops; /* NULL: nobody reads */
	void *reader;
	_Atomic uintptr_t reader_thread; /* the pthread_t that dispatches right now, or 0 */
	_Atomic uint64_t dispatching;    /* odd while the reader may hold a region it looked up */
	struct retry *retries;           /* extents that wait for another try, see fill.c */
	struct retry *retry_spare;
	struct retry_chunk *retry_chunks;
	_Atomic uint64_t retry_at;     /* when the first of them is due, 0: none */
	_Atomic uint32_t without_room; /* entries of retries that wait for a read to end */
	_Atomic uint32_t owed;         /* ... that somebody waits for, and that are not held */
	_Atomic uint64_t retry_number; /* entries put there so far */

	const struct filler_ops *_Atomic filler_ops; /* NULL: no region has a source yet */
	void *filler;
	_Atomic bool reads_files;  /* a source is a file: a loop's ring would serve it */
	_Atomic bool reader_reads; /* the loop that is there makes reads of its own */
	uint64_t buffer_bytes;
	/* The reader's own: when the messages that it answers were read, 0: not to be measured; and
	   whether the page it is at is on its way, so that its latency is another's to tell. */
	uint64_t batch_read_at;
	bool on_its_way;

	_Atomic bool dead; /* the owner of the memory is gone */

	uffd_log_fn log;
	void *log_user;
	_Atomic uint64_t counters[COUNTERS];
};

#define ZEROS_LENGTH 65536u

/* Bits that mean: messages other than faults. */
#define FEATURE_EVENTS                                                                             \
	(UFFD_FEATURE_EVENT_FORK | UFFD_FEATURE_EVENT_REMAP | UFFD_FEATURE_EVENT_REMOVE |          \
	 UFFD_FEATURE_EVENT_UNMAP)

static inline bool ctx_has_events(const struct uffd_ctx *ctx)
{
	return ctx->features & FEATURE_EVENTS;
}

/* False in a forked child: the page is wiped there by the kernel (MADV_WIPEONFORK). */
static inline bool ctx_is_ours(const struct uffd_ctx *ctx)
{
	return *(const volatile uint32_t *)ctx->alive;
}

static inline void ctx_count(struct uffd_ctx *ctx, size_t counter, uint64_t n)
{
	atomic_fetch_add_explicit(&ctx->counters[counter], n, memory_order_relaxed);
}

/*
 * The same, for counters that only the reader counts: a locked instruction costs as much as all the
 * rest of its way through a fault's bookkeeping.
 */
static inline void ctx_count_by_reader(struct uffd_ctx *ctx, size_t counter, uint64_t n)
{
	uint64_t now = atomic_load_explicit(&ctx->counters[counter], memory_order_relaxed);

	atomic_store_explicit(&ctx->counters[counter], now + n, memory_order_relaxed);
}

static inline bool ctx_is_reader(struct uffd_ctx *ctx)
{
	return atomic_load_explicit(&ctx->reader_thread, memory_order_relaxed) ==
	       (uintptr_t)pthread_self();
}

/* This thread is the reader, in the middle of a turn: what it leaves is seen to before it sleeps. */
static inline bool ctx_in_turn(struct uffd_ctx *ctx)
{
	return ctx_is_reader(ctx) &&
	       atomic_load_explicit(&ctx->dispatching, memory_order_relaxed) & 1;
}

/*
 * The reader is about to look regions up, and has forgotten those that it looked up. Only it
 * writes; who ends a region marks it as leaving, and then waits for this to change: hence the full
 * barrier.
 */
static inline void ctx_begin_dispatching(struct uffd_ctx *ctx)
{
	atomic_store(&ctx->dispatching,
		     atomic_load_explicit(&ctx->dispatching, memory_order_relaxed) + 1);
}

static inline void ctx_end_dispatching(struct uffd_ctx *ctx)
{
	atomic_store_explicit(&ctx->dispatching,
			      atomic_load_explicit(&ctx->dispatching, memory_order_relaxed) + 1,
			      memory_order_release);
}

__attribute__((format(printf, 3, 4))) void ctx_log(struct uffd_ctx *ctx, int level,
						   const char *format, ...);
/*
 * The part of a region at an address. Takes no lock, but tries one after regions have changed, to
 * make the next lookups fast.
 */
bool ctx_lookup(struct uffd_ctx *ctx, uint64_t address, struct table_entry *found);
/*
 * Returns when no region that was looked up before this call can still be in the reader's hands;
 * at once in the reader's own thread.
 */
void ctx_wait_for_reader(struct uffd_ctx *ctx);
/* Checks options that a caller gave. 0, -EINVAL, -E2BIG. */
int ctx_take_opts(struct uffd_ctx_opts *ours, const struct uffd_ctx_opts *given);
/* Frees it, its regions being gone. */
void ctx_free(struct uffd_ctx *ctx);
/* Wakes the reader, if there is one. Any thread. */
void ctx_kick(struct uffd_ctx *ctx);

#endif
