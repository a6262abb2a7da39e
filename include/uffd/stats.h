/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Counts and latencies of a context, always on. */
#ifndef UFFD_STATS_H
#define UFFD_STATS_H

#include <uffd/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Latencies are counted in buckets of nanoseconds: four for every power of two. Bucket b holds
 * values from uffd_latency_floor(b) up to the next bucket's floor.
 */
#define LIBUFFD_LATENCY_BUCKETS 160

struct uffd_stats {
	uint64_t size; /* sizeof(struct uffd_stats), set by the caller */

	uint64_t faults_missing; /* messages, by kind */
	uint64_t faults_minor;
	uint64_t faults_wp;
	uint64_t faults_write;	/* of the missing and minor ones: by a write */
	uint64_t faults_waited; /* met a page that was being filled */
	uint64_t faults_stale;	/* met a page that was complete */
	uint64_t faults_lost;	/* met no region: unmapped meanwhile */

	uint64_t events_fork; /* messages, by kind */
	uint64_t events_remap;
	uint64_t events_remove;
	uint64_t events_unmap;

	uint64_t pages_fault;	 /* pages claimed because they faulted */
	uint64_t pages_around;	 /* ... because a neighbour faulted */
	uint64_t pages_demand;	 /* ... by uffd_demand() */
	uint64_t pages_prefetch; /* ... by uffd_prefetch(), uffd_prefetch_start() and uffd_claim() */

	uint64_t pages_copied; /* pages installed, by means */
	uint64_t pages_zeroed;
	uint64_t pages_continued;
	uint64_t pages_populated;
	uint64_t pages_moved;
	uint64_t pages_poisoned;
	uint64_t pages_discarded; /* marked as thrown away */

	uint64_t install_retries; /* installs that met a changing mapping */
	uint64_t source_errors;	  /* reads that failed or came short */
	uint64_t source_retries;

	uint64_t reads;		/* reads that sources were asked for */
	uint64_t read_bytes;	/* ... and what they brought */
	uint64_t buffer_peak;	/* the most bytes that buffers have held at once, each read counted as
				   the next power of two of at least 64 KiB */

	uint64_t batches;	/* times that messages were fetched */
	uint64_t sleeps;	/* times that the loop went to sleep */
	uint64_t spins_hit;	/* times that spinning met a message */
	uint64_t spins_missed;	/* ... and did not */
	uint64_t poller;	/* LIBUFFD_POLLER_URING or _POLL; 0 without a loop */
	uint64_t multishot;	/* 1: faults arrive by io_uring READ_MULTISHOT */

	/* from reading a fault's message to the completion of its page, where the source brought
	   it, or the callback completed it before returning; of every batch among a loop's first 1024, then of
	   one in 16 */
	uint64_t latency[LIBUFFD_LATENCY_BUCKETS];
};

/*
 * Takes a picture of the counters; stats->size must be set: the first size bytes are filled. 0;
 * -EINVAL: NULL, or a size that is not a number of counters; -E2BIG: longer than this library's;
 * -ECHILD. Any thread. Since 0.1.
 */
LIBUFFD_API int uffd_ctx_stats(const struct uffd_ctx *ctx, struct uffd_stats *stats);

/* The smallest value of a latency bucket, nanoseconds; of the last for any number past it. Since 0.1. */
LIBUFFD_API uint64_t uffd_latency_floor(unsigned int bucket);

/*
 * The latency below which permille thousandths of the counted faults lie, in nanoseconds: the upper
 * edge of the bucket it falls in. 0 when nothing was counted. Any thread. Since 0.1.
 */
LIBUFFD_API uint64_t uffd_stats_latency(const struct uffd_stats *stats, unsigned int permille);

#ifdef __cplusplus
}
#endif
#endif
