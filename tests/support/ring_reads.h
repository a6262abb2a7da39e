/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What a loop's ring says of the reads of files, said by the test: the answers pass through a
 * function of its own. Only where the loop has a ring; with poll(2) nothing is seen.
 */
#ifndef RING_READS_H
#define RING_READS_H

#include "serve.h"

#include "memory/context.h"

/* What the caller of a read shall hear instead of n. */
static int64_t (*ring_answer)(const struct file_read *read, int64_t n);
static _Atomic uint32_t ring_asked; /* reads that went to the ring */

static const struct reader_ops *ring_ops;
static struct reader_ops ring_ops_seen;
static void (*ring_done)(struct file_read *read, int64_t n);

static void ring_pass(struct file_read *read, int64_t n)
{
	ring_done(read, ring_answer(read, n));
}

static bool ring_read(void *reader, struct file_read *read)
{
	ring_done = read->done;
	read->done = ring_pass;
	if (ring_ops->read(reader, read)) {
		atomic_fetch_add(&ring_asked, 1);
		return true;
	}
	read->done = ring_done;
	return false;
}

/* To be called when the loop is open and not dispatched yet. */
static inline void ring_hear(struct uffd_ctx *ctx,
			     int64_t (*fn)(const struct file_read *read, int64_t n))
{
	ring_answer = fn;
	atomic_store(&ring_asked, 0);
	ring_ops = ctx->reader_ops;
	ring_ops_seen = *ring_ops;
	ring_ops_seen.read = ring_read;
	ctx->reader_ops = &ring_ops_seen;
}

#endif
