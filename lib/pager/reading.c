/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See reading.h. */
#include "pager/reading.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#include "util/clock.h"
#include "util/futex.h"

#define PER_WORD 64u

struct uffd_read *reading_take(struct pager *p)
{
	for (unsigned int w = 0; w < READS / PER_WORD; w++) {
		uint64_t old = atomic_load(&p->reads_taken[w]);

		while (~old) {
			unsigned int bit = (unsigned int)__builtin_ctzll(~old);
			struct uffd_read *read = &p->reads[w * PER_WORD + bit];

			if (!atomic_compare_exchange_weak(&p->reads_taken[w], &old,
							  old | UINT64_C(1) << bit))
				continue;
			memset(read, 0, sizeof(*read));
			read->pager = p;
			return read;
		}
	}
	return NULL;
}

bool reading_room(struct uffd_read *read)
{
	struct pager *p = read->pager;

	if (!buffers_take(&p->buffers, read->length, read->prefetch != NULL, &read->room))
		return false;
	atomic_store_explicit(&p->ctx->counters[COUNTER(buffer_peak)],
			      atomic_load_explicit(&p->buffers.peak, memory_order_relaxed),
			      memory_order_relaxed);
	read->to = read->room.at;
	return true;
}

void reading_give(struct uffd_read *read)
{
	struct pager *p = read->pager;
	uint64_t i = (uint64_t)(read - p->reads);

	buffers_give(&p->buffers, &read->room);
	atomic_fetch_and(&p->reads_taken[i / PER_WORD], ~(UINT64_C(1) << i % PER_WORD));
}

/* How far a submit and its answer are: an answer that comes first is left to the thread that submits. */
enum stage { STAGE_NONE, STAGE_SUBMITTING, STAGE_SUBMITTED, STAGE_ANSWERED };

static int submit(struct uffd_read *read, int64_t *n)
{
	const struct segment *part = &read->part;
	bool was_queued = read->queued;
	uint32_t stage = STAGE_SUBMITTING;
	int ret;

	read->queued = true;
	atomic_store(&read->stage, STAGE_SUBMITTING);
	ret = part->leaf->ops.submit(part->leaf->user, read, read->to + read->filled, part->length,
				     part->offset);
	if (ret < 0) {
		read->queued = was_queued;
		return ret == -EBUSY ? BRING_BUSY : source_error(ret);
	}
	if (atomic_compare_exchange_strong(&read->stage, &stage, STAGE_SUBMITTED))
		return READING_QUEUED;
	/* Not deeper and deeper: a page may be of many parts, each answered at once. */
	read->queued = was_queued;
	*n = read->answer;
	return READING_DONE;
}

void uffd_read_done(struct uffd_read *read, int64_t result)
{
	if (!read)
		return;
	read->answer = result;
	if (atomic_exchange(&read->stage, STAGE_ANSWERED) != STAGE_SUBMITTING)
		read->answered(read, result);
}

static void file_done(struct file_read *file, int64_t n);

static bool on_ring(struct uffd_read *read)
{
	struct uffd_ctx *ctx = read->pager->ctx;
	const struct segment *part = &read->part;
	uint8_t *to = read->to + read->filled;
	bool was_queued = read->queued;
	struct file_choice c;

	if (part->leaf->blocks || !atomic_load_explicit(&ctx->reader_reads, memory_order_relaxed))
		return false;
	/* NULL is aligned to nothing that O_DIRECT asks for. */
	c = part->leaf->choose(part->leaf->user, read->through_cache ? to + 1 : to, part->length,
			       part->offset);
	read->direct = c.direct;
	read->file = (struct file_read){
		.fd = c.fd,
		.to = to,
		.length = part->length,
		.offset = part->offset,
		.background = read->prefetch != NULL,
		.done = file_done,
	};
	read->queued = true;
	if (ctx->reader_ops->read(ctx->reader, &read->file))
		return true;
	read->queued = was_queued;
	return false;
}

static bool in_pool(struct uffd_read *read)
{
	bool was_queued = read->queued;

	read->queued = true;
	if (pool_add(&read->pager->pool, read, read->prefetch != NULL))
		return true;
	read->queued = was_queued;
	return false;
}

/* What is in the page cache needs no thread to wait for it. */
static bool from_cache(struct uffd_read *read, int64_t *n)
{
	const struct segment *part = &read->part;
	uint8_t *to = read->to + read->filled;
	struct iovec iov = {to, (size_t)part->length};
	struct file_choice c = part->leaf->choose(part->leaf->user, to, part->length, part->offset);

	if (c.direct)
		return false;
	*n = preadv2(c.fd, &iov, 1, (off_t)part->offset, RWF_NOWAIT);
	return *n == (int64_t)part->length;
}

/*
 * In the middle of a turn there are others to see to while a read is under way. Everybody else
 * waits for what they have asked for: also the program, where it asks by uffd_demand() or
 * uffd_prefetch() in a callback or between two turns.
 */
static bool must_not_wait(const struct uffd_read *read)
{
	const struct uffd_extent *why = &read->why;

	return ctx_in_turn(read->pager->ctx) &&
	       (why->kind == LIBUFFD_FAULT_MISSING || why->kind == LIBUFFD_FAULT_MINOR ||
		read->prefetch || why->tries || why->flags & EXTENT_NOTED);
}

int reading_begin(struct uffd_read *read, int64_t *n)
{
	struct uffd_source *leaf = read->part.leaf;
	struct uffd_ctx *ctx = read->pager->ctx;

	if (leaf->ops.submit) {
		int ret = submit(read, n);

		if (ret == READING_QUEUED || ret == READING_DONE)
			ctx_count(ctx, COUNTER(reads), 1);
		return ret;
	}
	ctx_count(ctx, COUNTER(reads), 1);
	if (must_not_wait(read)) {
		if (leaf->choose && on_ring(read))
			return READING_QUEUED;
		if (leaf->choose && from_cache(read, n))
			return READING_DONE;
		if ((leaf->choose || read->prefetch) && in_pool(read))
			return READING_QUEUED;
	}
	*n = leaf->ops.read(leaf->user, read->to + read->filled, read->part.length,
			    read->part.offset);
	return READING_DONE;
}

/* The ring's answer: a file may bring less than asked for without being at its end. */
static void file_done(struct file_read *file, int64_t n)
{
	struct uffd_read *read =
		(struct uffd_read *)((char *)file - offsetof(struct uffd_read, file));
	struct segment *part = &read->part;
	bool refused = n == -EINVAL && read->direct;
	bool some = n > 0 && n < (int64_t)part->length;

	if (!refused && !some && n != -EINTR) {
		read->answered(read, n);
		return;
	}
	read->through_cache |= refused;
	if (some) {
		ctx_count(read->pager->ctx, COUNTER(read_bytes), (uint64_t)n);
		read->filled += (uint64_t)n;
		part->offset += (uint64_t)n;
		part->length -= (uint64_t)n;
	}
	/* It is one read still, and not counted as another. */
	if (!on_ring(read)) {
		n = part->leaf->ops.read(part->leaf->user, read->to + read->filled, part->length,
					 part->offset);
		read->answered(read, n);
	}
}

/*
 * What comes next of the run. A source of its own is asked for all there is: where zeros and data
 * share a page, reading the zeros is cheaper than a read more. Only layers are different places.
 */
static int locate(struct uffd_read *read)
{
	struct uffd_region *r = read->region;
	struct uffd_source *s = r->source;
	uint64_t at = r->source_offset + (read->run.first << r->page_shift) + read->filled;
	uint64_t length = read->length - read->filled;

	if (at >= s->content.length) {
		read->part = (struct segment){NULL, 0, length};
		return 0;
	}
	if (length > s->content.length - at)
		length = s->content.length - at;
	if (!s->layer_count) {
		read->part = (struct segment){s, at, length};
		return 0;
	}
	return source_locate(s, at, length, &read->part);
}

int reading_advance(struct uffd_read *read)
{
	while (read->filled < read->length) {
		int ret = locate(read);
		int64_t n;

		if (ret < 0)
			return ret;
		if (!read->part.leaf) {
			memset(read->to + read->filled, 0, (size_t)read->part.length);
			read->filled += read->part.length;
			continue;
		}
		ret = reading_begin(read, &n);
		if (ret != READING_DONE)
			return ret;
		/* Less than all is an error: what the buffer holds beyond it is of another page. */
		if (n != (int64_t)read->part.length)
			return n < 0 ? source_error(n) : -EIO;
		ctx_count(read->pager->ctx, COUNTER(read_bytes), (uint64_t)n);
		read->filled += (uint64_t)n;
	}
	return READING_DONE;
}

/* A read that is waited for where it is begun. */
struct waited {
	struct uffd_read read;
	int64_t n;
	_Atomic uint32_t answered;
};

static void waited_answered(struct uffd_read *read, int64_t n)
{
	struct waited *w = (struct waited *)read;

	w->n = n;
	atomic_store(&w->answered, 1);
	/* The waiter may be gone by now: a wake-up of whatever is there then does no harm. */
	futex_wake_all(&w->answered);
}

static int64_t read_leaf(const struct segment *part, uint8_t *to)
{
	struct uffd_source *leaf = part->leaf;
	struct waited w = {.read = {.answered = waited_answered}};
	int ret;

	if (leaf->ops.read)
		return leaf->ops.read(leaf->user, to, part->length, part->offset);
	while ((ret = leaf->ops.submit(leaf->user, &w.read, to, part->length, part->offset)) ==
	       -EBUSY)
		clock_pause(NS_PER_MS);
	if (ret < 0)
		return ret;
	while (!atomic_load(&w.answered))
		futex_wait(&w.answered, 0, 0);
	return w.n;
}

int source_read(struct uffd_source *s, uint8_t *to, uint64_t length, uint64_t offset)
{
	while (length) {
		struct segment part;
		int ret = source_locate(s, offset, length, &part);
		int64_t n;

		if (ret < 0)
			return ret;
		if (part.leaf) {
			n = read_leaf(&part, to);
			if (n != (int64_t)part.length)
				return n < 0 ? source_error(n) : -EIO;
		} else {
			memset(to, 0, (size_t)part.length);
		}
		to += part.length;
		offset += part.length;
		length -= part.length;
	}
	return 0;
}
