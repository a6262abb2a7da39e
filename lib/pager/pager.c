/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * See pager.h: a claimed extent is brought piece by piece: zeros and what is in memory at once, the
 * rest by a read, whose answer is installed by whoever brings it.
 */
#include "pager/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "memory/fill.h"
#include "memory/retry.h"
#include "pager/piece.h"
#include "pager/prefetch.h"
#include "pager/reading.h"
#include "pager/recording.h"
#include "util/clock.h"
#include "util/histogram.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

static void note_latency(struct uffd_read *read)
{
	uint64_t now;

	if (!read->read_at)
		return;
	now = clock_now();
	ctx_count(read->pager->ctx, COUNTER(latency) + histogram_bucket(now - read->read_at), 1);
}

void pager_conclude(struct uffd_read *read, uint64_t gone, uint64_t brought, int error)
{
	struct uffd_region *r = read->region;
	struct pager *p = read->pager;
	struct uffd_ctx *ctx = p->ctx;
	bool waited = read->waited, background = read->prefetch;
	if (error == 0)
		recording_done(r, read->set, read->set_entry);
	if (read->queued && error == 0)
		note_latency(read);
	/* What is still to be put where nothing holds still is under way, and no error. */
	if (read->prefetch)
		prefetch_ended(read->prefetch, gone, brought, error == BRING_CHANGING ? 0 : error);
	reading_give(read);
	if (waited)
		atomic_fetch_sub(&p->demand, 1);
	/* One that was refused has made no room: it only gives back what it had taken. */
	if (gone)
		retry_room(ctx);
	/* There may be room for more; and who polls the loop's descriptor is told of the last, too. */
	if ((background || atomic_load(&p->prefetching)) && !ctx_in_turn(ctx))
		ctx_kick(ctx);
	/* From here on the region, and with it all that is here, may end. */
	atomic_fetch_sub(&r->fillers, 1);
}

/* What the read could not bring is still claimed: sees to it, then to the read. */
static void finish(struct uffd_read *read, int ret)
{
	struct uffd_region *r = read->region;
	uint64_t first = read->run.first;

	if (ret == READING_DONE)
		ret = pager_install(read);
	if (ret < 0)
		fill_failed(r, &read->run, &read->why, ret);
	first = (ret == 0 ? read->run.end : read->run.first) - first;
	pager_conclude(read, read->length, first << r->page_shift, ret < 0 ? ret : 0);
}

/* A read that has left the thread that began it has come to ret. */
static void go_on(struct uffd_read *read, int ret)
{
	if (ret == BRING_BUSY)
		fill_later(read->region, &read->run, &read->why, read);
	else if (ret != READING_QUEUED)
		finish(read, ret);
}

/* The answer to a read that was queued; n is what there is of read->part. */
static void answered(struct uffd_read *read, int64_t n)
{
	int ret = n < 0 ? source_error(n) : -EIO;

	if (n == (int64_t)read->part.length) {
		ctx_count(read->pager->ctx, COUNTER(read_bytes), (uint64_t)n);
		read->filled += (uint64_t)n;
		ret = reading_advance(read);
	}
	go_on(read, ret);
}

int pager_again(struct uffd_read *read)
{
	int ret = reading_advance(read);

	if (ret == BRING_BUSY)
		return ret;
	go_on(read, ret);
	return 0;
}

void pager_cancel(struct uffd_read *read)
{
	pager_conclude(read, read->length, 0, -ECANCELED);
}

/* Who wants it, and how that is to be told when it is there. */
struct errand {
	const struct uffd_extent *why;
	struct uffd_prefetch *prefetch;
	struct uffd_workingset *set;
	uint64_t set_entry;
	bool queued; /* some of it is on its way, and will tell when it is there */
};

/*
 * The alias gets its pages before anybody writes to them: where there is no room for one that is an
 * error here, and a SIGBUS for whoever writes.
 */
static int make_alias(struct uffd_read *read)
{
	if (madvise(read->to, (size_t)read->length, MADV_POPULATE_WRITE) == 0)
		return 0;
	/* Before 5.14 the kernel does not know it, and fallocate() does the same for hugetlbfs and tmpfs. */
	if (errno == EINVAL && fallocate(read->region->fd, 0,
					 (off_t)(read->region->fd_offset +
						 (read->run.first << read->region->page_shift)),
					 (off_t)read->length) == 0)
		return 0;
	return -ENOSPC;
}

static bool has_page(const struct page_run *run, const struct uffd_region *r, uint64_t offset)
{
	return offset >> r->page_shift >= run->first && offset >> r->page_shift < run->end;
}

/* While somebody waits for a read no prefetch begins another. */
static void count_in(struct uffd_read *read)
{
	struct pager *p = read->pager;

	/* What was only hoped for is tried again where somebody waits for it by now. */
	read->waited = !read->prefetch && (read->why.kind != LIBUFFD_PREFETCH || read->why.tries);
	if (!read->waited)
		return;
	atomic_fetch_add(&p->demand, 1);
	if (atomic_load_explicit(&p->prefetching, memory_order_relaxed))
		atomic_store_explicit(&p->demanded, clock_now(), memory_order_relaxed);
}

/* 0: there, or under way. BRING_BUSY, or -errno: p->run is cut to what is not. */
static int read_piece(struct uffd_region *r, struct piece *p, struct errand *errand)
{
	struct uffd_read *read = reading_take(pager_of(r));
	uint64_t done;
	int ret;

	if (!read)
		return BRING_BUSY;
	read->region = r;
	read->run = p->run;
	read->why = *errand->why;
	read->prefetch = errand->prefetch;
	read->set = errand->set;
	read->set_entry = errand->set_entry;
	read->how = p->how;
	read->length = (p->run.end - p->run.first) << r->page_shift;
	read->answered = answered;
	if (ctx_is_reader(r->ctx) && has_page(&p->run, r, errand->why->fault_offset))
		read->read_at = r->ctx->batch_read_at;
	if (p->how == LIBUFFD_INSTALL_ALIAS)
		read->to = r->alias + (p->run.first << r->page_shift);
	else if (!reading_room(read)) {
		reading_give(read);
		return BRING_BUSY;
	}
	atomic_fetch_add(&r->fillers, 1);
	count_in(read);
	ret = p->how == LIBUFFD_INSTALL_ALIAS ? make_alias(read) : READING_DONE;
	if (ret == READING_DONE)
		ret = reading_advance(read);
	if (ret == READING_QUEUED) {
		/* It may be over, and gone. */
		errand->queued = true;
		if (ctx_is_reader(r->ctx) && has_page(&p->run, r, errand->why->fault_offset))
			r->ctx->on_its_way = true;
		return 0;
	}
	if (ret == BRING_BUSY && read->filled) {
		/* A part of it is there, and is not read again. */
		read->queued = true;
		errand->queued = true;
		go_on(read, ret);
		return 0;
	}
	if (ret == READING_DONE)
		ret = pager_install(read);
	p->run.first = ret ? read->run.first : p->run.end;
	done = read->length - ((read->run.end - p->run.first) << r->page_shift);
	pager_conclude(read, done, done, ret < 0 ? ret : 0);
	return ret;
}

static int bring_piece(struct uffd_region *r, struct piece *p, struct errand *errand)
{
	uint64_t first = p->run.first;
	int ret;

	if (!p->zero && !p->direct && !p->present)
		return read_piece(r, p, errand);
	ret = pager_put(r, &p->run,
			p->present ? INSTALL_CONTINUE
			: p->zero  ? INSTALL_ZERO
				   : INSTALL_COPY,
			p->direct);
	first = (ret ? p->run.first : p->run.end) - first;
	if (errand->prefetch)
		prefetch_ended(errand->prefetch, first << r->page_shift, first << r->page_shift, 0);
	return ret;
}

static int bring(struct uffd_region *r, struct page_run *run, struct errand *errand)
{
	int ret = 0;

	recording_note(r, run, errand->why, &errand->set, &errand->set_entry);
	while (run->first < run->end && ret == 0) {
		struct piece p;

		ret = piece_next(r, run->first, run->end, &p);
		if (ret == 0) {
			ret = bring_piece(r, &p, errand);
			run->first = ret ? p.run.first : p.run.end;
		}
	}
	if (ret == 0 && !errand->queued)
		recording_done(r, errand->set, errand->set_entry);
	return ret;
}

int pager_bring(struct uffd_region *r, struct page_run *run, const struct uffd_extent *why)
{
	struct errand errand = {.why = why};

	return bring(r, run, &errand);
}

int pager_bring_for(struct uffd_prefetch *prefetch, struct uffd_region *r, struct page_run *run,
		    const struct uffd_extent *why)
{
	struct errand errand = {.why = why, .prefetch = prefetch};

	return bring(r, run, &errand);
}
