/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * See pager.h: a claimed extent becomes pieces, each a run of pages that come in one way: zeros and
 * what is in memory at once, the rest by a read, whose answer is installed by whoever brings it.
 */
#include "pager/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "memory/fill.h"
#include "memory/retry.h"
#include "memory/overwrite.h"
#include "memory/resolve.h"
#include "pager/prefetch.h"
#include "pager/reading.h"
#include "pager/recording.h"
#include "util/clock.h"
#include "util/zeros.h"
#include "util/histogram.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

#define INSTALL_TRIES 10u
#define PIECE_BYTES   (UINT64_C(256) << 10)
#define ALIAS_BYTES   (UINT64_C(512) << 10)

/* A run of pages that come in the same way. */
struct piece {
	struct page_run run;
	uint32_t how;
	bool zero;             /* nothing to read */
	bool present;          /* nothing to read: the program had it before */
	const uint8_t *direct; /* nothing to read: it is in memory */
};

static uint64_t source_offset(const struct uffd_region *r, uint64_t page)
{
	return r->source_offset + (page << r->page_shift);
}

/* How many bytes of length, at page, the source has: its end may lie within the last page. */
static uint64_t in_source(const struct uffd_region *r, uint64_t page, uint64_t length)
{
	uint64_t left = r->source->content.length - source_offset(r, page);

	return left < length ? left : length;
}

static uint64_t pages_of(const struct uffd_region *r, uint64_t bytes)
{
	return bytes >> r->page_shift ? bytes >> r->page_shift : 1;
}

uint64_t pager_huge_edge(struct uffd_region *r, uint64_t page)
{
	uint64_t end = page + pages_of(r, HUGE_BYTES), at;

	/* What is moved must be aligned where it goes; what is in the cache, in its file. */
	if (r->install_huge == LIBUFFD_INSTALL_ALIAS) {
		at = r->fd_offset + (page << r->page_shift);
	} else {
		gate_share(&r->ctx->gate);
		at = region_address(r, page, &end);
		gate_leave(&r->ctx->gate);
	}
	return page + ((HUGE_BYTES - (at & (HUGE_BYTES - 1))) >> r->page_shift);
}

/* Of [page, page + a huge page) half or more must be read. */
static bool most_is_data(struct uffd_region *r, uint64_t page)
{
	uint64_t data = 0, at = 0;

	while (at < HUGE_BYTES) {
		uint64_t left = in_source(r, page, HUGE_BYTES) - at;
		struct segment seg;

		if (!left || source_locate(r->source, source_offset(r, page) + at, left, &seg) < 0)
			break;
		data += seg.leaf && !seg.leaf->direct ? seg.length : 0;
		at += seg.length;
	}
	return data >= HUGE_BYTES / 2;
}

/*
 * Whether the alias gives huge pages: one of 4 KiB is asked for at its beginning, and the cache
 * looked at for its end. The range is claimed; what is in the cache before it is filled is nobody's
 * content.
 */
static bool alias_is_huge(struct uffd_region *r, uint64_t page)
{
	uint8_t *at = r->alias + (page << r->page_shift);
	uint32_t known = atomic_load_explicit(&r->takes_huge, memory_order_relaxed);
	unsigned char resident = 0;

	if (known != HUGE_UNKNOWN)
		return known == HUGE_YES;
	known = madvise(at, (size_t)region_page_size(r), MADV_POPULATE_WRITE) == 0 &&
				mincore(at + HUGE_BYTES - region_page_size(r),
					(size_t)region_page_size(r), &resident) == 0 &&
				resident & 1
			? HUGE_YES
			: HUGE_NO;
	atomic_store_explicit(&r->takes_huge, known, memory_order_relaxed);
	return known == HUGE_YES;
}

/*
 * Whether [page, page + a huge page) comes as one. A guest that gets it whole pays for the holes in
 * it with memory, and runs the faster.
 */
static bool huge_piece(struct uffd_region *r, uint64_t page, uint64_t end)
{
	if (!r->install_huge || end - page < pages_of(r, HUGE_BYTES) ||
	    pager_huge_edge(r, page) != page + pages_of(r, HUGE_BYTES) || !most_is_data(r, page))
		return false;
	return r->install_huge == LIBUFFD_INSTALL_ALIAS
		       ? alias_is_huge(r, page)
		       : buffers_hold(&pager_of(r)->buffers, HUGE_BYTES);
}

/*
 * Where a way of installing that writes to the cache is to stop: at the first page that the program
 * had before, or that it did not have. Such pages stay as they are.
 */
static uint64_t alike_in_presence(struct uffd_region *r, uint64_t first, uint64_t end,
				  bool *present)
{
	gate_share(&r->ctx->gate);
	end = mapped_alike(r, first, end, present);
	gate_leave(&r->ctx->gate);
	return end;
}

/* What [first, end) begins with, in whole pages. 0, or the source's error. */
static int next_piece(struct uffd_region *r, uint64_t first, uint64_t end, struct piece *p)
{
	uint64_t length = in_source(r, first, (end - first) << r->page_shift);
	bool alias = r->install == LIBUFFD_INSTALL_ALIAS;
	uint64_t pages, limit = pages_of(r, alias ? ALIAS_BYTES : PIECE_BYTES);
	struct segment seg;
	int ret;

	*p = (struct piece){.run = {first, end, false}, .how = r->install};
	if (r->had_pages) {
		end = alike_in_presence(r, first, end, &p->present);
		p->run.end = end;
		if (p->present)
			return 0;
		length = in_source(r, first, (end - first) << r->page_shift);
	}
	if (huge_piece(r, first, end)) {
		p->run.end = first + pages_of(r, HUGE_BYTES);
		p->how = r->install_huge;
		return 0;
	}
	ret = source_locate(r->source, source_offset(r, first), length, &seg);
	if (ret < 0)
		return ret;
	/* Zeros, and memory, by the page only; a page of more than one kind is put together. */
	pages = seg.length >> r->page_shift;
	p->zero = !seg.leaf && pages;
	if (seg.leaf && seg.leaf->direct && pages)
		p->direct = seg.leaf->direct + seg.offset;
	if (!p->zero && !p->direct) {
		pages = (seg.length + region_page_size(r) - 1) >> r->page_shift;
		/* Memory, and zeros, that do not fill their page: that page alone. */
		if (!seg.leaf || seg.leaf->direct)
			pages = 1;
		pages = pages < limit ? pages : limit;
	}
	p->run.end = first + pages;
	return 0;
}

/* 0, or an error with *run cut to what is not done. */
static int put(struct uffd_region *r, struct page_run *run, enum install_how how,
	       const uint8_t *src)
{
	struct install install = {.how = how};
	uint64_t origin = run->first;
	unsigned int tries = 0;
	int ret;

	/*
	 * A mapping that keeps changing is no error of the source, and must not end in poison: each
	 * try has a second's patience already.
	 */
	do {
		install.src = src ? src + ((run->first - origin) << r->page_shift) : NULL;
		ret = resolve(r, run, &install);
	} while (ret == -EAGAIN && ++tries < INSTALL_TRIES);
	/* Unmapped, or nobody's any more: that is seen to, and no error of the source. */
	if (ret == -ENOENT || ret == -ESRCH)
		run->first = run->end;
	return ret == -ENOENT || ret == -ESRCH ? 0 : ret;
}

/* COPY, with pages of zeros as zero pages. */
int pager_put_copy(struct uffd_region *r, struct page_run *run, const uint8_t *src)
{
	uint64_t size = region_page_size(r), origin = run->first, end = run->end;
	int ret = 0;

	if (!(r->flags & LIBUFFD_REGION_DETECT_ZEROS))
		return put(r, run, INSTALL_COPY, src);
	while (run->first < end && ret == 0) {
		const uint8_t *at = src + ((run->first - origin) << r->page_shift);
		bool zero = is_zeros(at, size);
		struct page_run alike = {run->first, run->first + 1, false};

		while (alike.end < end &&
		       is_zeros(at + ((alike.end - alike.first) << r->page_shift), size) == zero)
			alike.end++;
		ret = put(r, &alike, zero ? INSTALL_ZERO : INSTALL_COPY, at);
		run->first = ret < 0 ? alike.first : alike.end;
	}
	return ret;
}

/* Through the file, and mapped at once: each page that is not would fault once more, alone. */
static int put_populate(struct uffd_region *r, struct page_run *run, const uint8_t *src)
{
	int ret = overwrite(r, run->first, run->end, src);

	return ret < 0 ? ret : put(r, run, INSTALL_CONTINUE, NULL);
}

/* The content is where the read has put it: into the memory with it. */
static int install(struct uffd_read *read)
{
	struct uffd_region *r = read->region;

	switch (read->how) {
	case LIBUFFD_INSTALL_MOVE:
		return put(r, &read->run, INSTALL_MOVE, read->to);
	case LIBUFFD_INSTALL_ALIAS:
		return put(r, &read->run, INSTALL_CONTINUE, NULL);
	case LIBUFFD_INSTALL_POPULATE:
		return put_populate(r, &read->run, read->to);
	default:
		return pager_put_copy(r, &read->run, read->to);
	}
}

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
	if (read->prefetch)
		prefetch_ended(read->prefetch, gone, brought, error);
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
		ret = install(read);
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
		ret = install(read);
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
	ret = put(r, &p->run,
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

		ret = next_piece(r, run->first, run->end, &p);
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
