/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what becomes of a fault.
 * Must never: allocate, or take a lock of its own.
 *
 * A batch goes in two passes: first every message takes its claim or marks that it waits, then the
 * claims are filled. So two faults in one window cost one install, whose wake-up serves both.
 */
#include <errno.h>
#include <unistd.h>

#include <uffd/raw.h>
#include <uffd/resolve.h>

#include "loop/loop.h"
#include "memory/change.h"
#include "memory/fill.h"
#include "memory/region.h"
#include "memory/resolve.h"
#include "util/clock.h"
#include "util/histogram.h"

static void count_fault(struct uffd_ctx *ctx, uint64_t flags)
{
	if (flags & UFFD_PAGEFAULT_FLAG_WP)
		ctx_count_by_reader(ctx, COUNTER(faults_wp), 1);
	else if (flags & UFFD_PAGEFAULT_FLAG_MINOR)
		ctx_count_by_reader(ctx, COUNTER(faults_minor), 1);
	else
		ctx_count_by_reader(ctx, COUNTER(faults_missing), 1);
	if (flags & UFFD_PAGEFAULT_FLAG_WRITE && !(flags & UFFD_PAGEFAULT_FLAG_WP))
		ctx_count_by_reader(ctx, COUNTER(faults_write), 1);
}

static void send_back(struct uffd_ctx *ctx, uint64_t address)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	uffd_raw_wake(ctx->fd, address & ~(page - 1), page);
}

/*
 * No region has the address: it was unmapped or removed after the fault, or mremap() added it. The
 * thread must not sleep on. What is registered all the same is so by somebody who promised content
 * and made no region: then SIGBUS, and not zeros. Elsewhere POISON is ENOENT or EEXIST, and the
 * thread takes SIGSEGV or what is mapped there now.
 */
static void lost(struct uffd_ctx *ctx, uint64_t address)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	ctx_count_by_reader(ctx, COUNTER(faults_lost), 1);
	if (!change_grown(ctx, address) && ctx->features & UFFD_FEATURE_POISON &&
	    uffd_raw_poison(ctx->fd, address & ~(page - 1), page, 0) > 0)
		ctx_log(ctx, LIBUFFD_LOG_ERROR, "a fault at 0x%llx, registered without a region",
			(unsigned long long)address);
	send_back(ctx, address);
}

static void write_protected(struct uffd_region *r, uint64_t page, uint32_t tid)
{
	uint64_t offset = page << r->page_shift;
	int ret;

	if (!r->wp_fault) {
		wp_write_fault(r, page);
		return;
	}
	ret = r->wp_fault(r, offset, tid, r->user);
	if (ret < 0)
		ctx_log(r->ctx, LIBUFFD_LOG_ERROR, "write fault at offset 0x%llx: error %d",
			(unsigned long long)offset, -ret);
}

/* The window in which a fault on page may claim. */
static void window(const struct uffd_region *r, uint64_t page, bool trusted, uint64_t *low,
		   uint64_t *high)
{
	uint64_t around = atomic_load_explicit(&r->around, memory_order_relaxed);

	*low = trusted ? page : page & ~(around - 1);
	*high = (page & ~(around - 1)) + around;
	if (*high > r->pages.pages)
		*high = r->pages.pages;
}

static bool claimed(struct uffd_region *r, uint64_t page, const struct uffd_msg *msg,
		    struct admitted *a)
{
	bool minor = msg->arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_MINOR;

	a->region = r;
	a->again = false;
	a->trusted = minor && r->flags & LIBUFFD_REGION_TRUST_CACHE;
	a->extent = (struct uffd_extent){
		.offset = a->run.first << r->page_shift,
		.length = (a->run.end - a->run.first) << r->page_shift,
		.fault_offset = page << r->page_shift,
		.kind = minor ? LIBUFFD_FAULT_MINOR : LIBUFFD_FAULT_MISSING,
		.flags = msg->arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WRITE ? LIBUFFD_EXTENT_WRITE
									      : 0,
		.tid = msg->arg.pagefault.feat.ptid,
	};
	ctx_count_by_reader(r->ctx, COUNTER(pages_fault), 1);
	if (a->run.end - a->run.first > 1)
		ctx_count_by_reader(r->ctx, COUNTER(pages_around), a->run.end - a->run.first - 1);
	return true;
}

/* First pass: true where the fault has a claim for the second. */
static bool admit(struct uffd_loop *loop, const struct uffd_msg *msg, struct admitted *a)
{
	struct uffd_ctx *ctx = loop->ctx;
	uint64_t address = msg->arg.pagefault.address, flags = msg->arg.pagefault.flags;
	uint64_t page, low, high;
	struct uffd_region *r;
	struct table_entry e;

	count_fault(ctx, flags);
	if (!ctx_lookup(ctx, address, &e)) {
		lost(ctx, address);
		return false;
	}
	r = e.region;
	if (atomic_load_explicit(&r->leaving, memory_order_acquire)) {
		send_back(ctx, address);
		return false;
	}
	page = (e.offset + (address - e.start)) >> r->page_shift;
	if (flags & UFFD_PAGEFAULT_FLAG_WP) {
		write_protected(r, page, msg->arg.pagefault.feat.ptid);
		return false;
	}
	window(r, page, flags & UFFD_PAGEFAULT_FLAG_MINOR && r->flags & LIBUFFD_REGION_TRUST_CACHE,
	       &low, &high);
	switch (pagestate_fault(&r->pages, page, low, high, &a->run)) {
	case PAGE_CLAIMED:
		return claimed(r, page, msg, a);
	case PAGE_RECLAIMED:
		ctx_count_by_reader(ctx, COUNTER(faults_stale), 1);
		a->region = r;
		a->again = true;
		return true;
	case PAGE_WAITS:
		ctx_count_by_reader(ctx, COUNTER(faults_waited), 1);
		return false;
	case PAGE_IS_POISONED:
		resolve_poisoned(r, &a->run);
		return false;
	}
	return false;
}

/*
 * The file was filled before: what is in the cache is right. The run begins with the page that
 * faulted; where the cache ends, the rest is given back.
 */
static void continue_trusted(struct admitted *a)
{
	struct uffd_region *r = a->region;
	struct page_run run = a->run;
	int ret = resolve(r, &run, &(struct install){.how = INSTALL_CONTINUE});

	if (ret == 0 || ret == -ENOENT || ret == -ESRCH)
		return;
	if (run.first > a->run.first || ret == -EAGAIN) {
		resolve_give_up(r, &run, LIBUFFD_PAGE_EMPTY);
		return;
	}
	/* Not even the page that faulted: it was punched out since. Then it is zeros. */
	if (ret == -EFAULT) {
		struct page_run rest = {run.first + 1, run.end, false};

		pagestate_set_discarded(&r->pages, run.first);
		run.end = run.first + 1;
		resolve_give_up(r, &rest, LIBUFFD_PAGE_EMPTY);
		ret = resolve(r, &run, &(struct install){.how = INSTALL_ZERO});
	}
	if (ret < 0)
		fill_failed(r, &run, &a->extent, ret);
}

/* Second pass. */
static void answer(struct admitted *a)
{
	if (a->again)
		resolve_again(a->region, &a->run);
	else if (a->trusted && !a->run.discarded)
		continue_trusted(a);
	else
		fill(a->region, &a->run, &a->extent);
}

static void note_latency(struct admitted *a, uint64_t read_at)
{
	uint64_t page = a->again ? a->run.first : a->extent.fault_offset >> a->region->page_shift;

	if (LIBUFFD_PAGE_STATE(pagestate_get(&a->region->pages, page)) == LIBUFFD_PAGE_CACHED)
		ctx_count_by_reader(a->region->ctx,
				    COUNTER(latency) + histogram_bucket(clock_now() - read_at), 1);
}

void dispatch_faults(struct uffd_loop *loop, uint64_t read_at)
{
	struct queue *q = &loop->faults;

	while (q->count) {
		unsigned int n = 0;

		ctx_count_by_reader(loop->ctx, COUNTER(batches), 1);
		ctx_begin_dispatching(loop->ctx);
		loop->ctx->batch_read_at = read_at;
		/* Answers may read more messages, to the end of the queue; they wait for their
		 * turn. */
		for (unsigned int i = 0; i < BATCH && q->count; i++) {
			struct uffd_msg msg = q->at[q->head++];

			q->count--;
			n += admit(loop, &msg, &loop->batch[n]);
		}
		for (unsigned int i = 0; i < n; i++) {
			loop->ctx->on_its_way = false;
			answer(&loop->batch[i]);
			if (read_at && !loop->ctx->on_its_way)
				note_latency(&loop->batch[i], read_at);
		}
		loop->ctx->batch_read_at = 0;
		ctx_end_dispatching(loop->ctx);
	}
	q->head = 0;
}
