/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: bringing a claimed extent from a source: holes as zeros, data read and installed, a piece
 * at a time.
 * Must never: install a byte that was not read in this very call.
 */
#include <errno.h>
#include <string.h>

#include "memory/resolve.h"
#include "pager/source.h"

#define INSTALL_TRIES 10u
#define PIECE_BYTES   (UINT64_C(256) << 10)

/* A run of pages that come in the same way. */
struct piece {
	struct page_run run;
	bool zero;   /* nothing to read */
	bool direct; /* nothing to read: it is in memory */
};

static uint64_t source_offset(const struct uffd_region *r, uint64_t page)
{
	return r->source_offset + (page << r->page_shift);
}

/* A source's error as an errno: none may turn into 0 on its way to an int. */
static int error_of(int64_t n)
{
	return n >= -4095 ? (int)n : -EIO;
}

/* How many bytes of length, at page, the source has: its end may lie within the last page. */
static uint64_t in_source(const struct uffd_region *r, const struct uffd_source *s, uint64_t page,
			  uint64_t length)
{
	uint64_t left = s->content.length - source_offset(r, page);

	return left < length ? left : length;
}

/* What [first, end) begins with, in whole pages. 0, or the source's error. */
static int next_piece(const struct uffd_region *r, const struct uffd_source *s, uint64_t first,
		      uint64_t end, struct piece *p)
{
	uint64_t length = in_source(r, s, first, (end - first) << r->page_shift);
	uint64_t limit = PIECE_BYTES >> r->page_shift ? PIECE_BYTES >> r->page_shift : 1;
	int64_t bytes = (int64_t)length;
	int zero = 0;
	uint64_t pages;

	if (s->ops.map)
		bytes = s->ops.map(s->user, source_offset(r, first), length, &zero);
	if (bytes < 0)
		return error_of(bytes);
	if (bytes == 0 || (uint64_t)bytes > length)
		return -EIO;
	pages = (uint64_t)bytes >> r->page_shift;
	/* Zeros by the page only; data that ends within a page is read to the page's end. */
	p->zero = zero && pages;
	/* Memory is copied from where it is; but for a page that it does not fill. */
	p->direct = !p->zero && s->direct && pages;
	if (!p->zero && !p->direct) {
		pages = zero ? 1 : ((uint64_t)bytes + region_page_size(r) - 1) >> r->page_shift;
		pages = pages < limit ? pages : limit;
	}
	p->run = (struct page_run){first, first + pages, false};
	return 0;
}

/* Reads all of it, or fails: what is in the buffer beyond a short read is from another page. */
static int read_piece(const struct uffd_region *r, const struct uffd_source *s,
		      const struct page_run *run, struct buffer *b)
{
	uint64_t pages = (run->end - run->first) << r->page_shift;
	uint64_t length = in_source(r, s, run->first, pages);
	int64_t n = s->ops.read(s->user, b->data, length, source_offset(r, run->first));

	if (n < 0)
		return error_of(n);
	if ((uint64_t)n != length)
		return -EIO;
	memset(b->data + length, 0, (size_t)(pages - length));
	return 0;
}

static int install(struct uffd_region *r, struct piece *p, const uint8_t *src)
{
	struct install install = {.how = p->zero ? INSTALL_ZERO : INSTALL_COPY, .src = src};
	uint64_t first = p->run.first;
	unsigned int tries = 0;
	int ret;

	/*
	 * A mapping that keeps changing is no error of the source, and must not end in poison: each try
	 * has a second's patience already.
	 */
	do {
		const uint64_t begin = p->run.first;

		install.src = src ? src + ((begin - first) << r->page_shift) : NULL;
		ret = resolve(r, &p->run, &install);
	} while (ret == -EAGAIN && ++tries < INSTALL_TRIES);
	/* Unmapped, or nobody's any more: that is seen to, and no error of the source. */
	return ret == -ENOENT || ret == -ESRCH ? 0 : ret;
}

static int bring(struct uffd_region *r, struct uffd_source *s, struct piece *p)
{
	uint64_t size = PIECE_BYTES > region_page_size(r) ? PIECE_BYTES : region_page_size(r);
	struct buffer *b;
	int ret;

	if (p->zero)
		return install(r, p, NULL);
	if (p->direct)
		return install(r, p, s->direct + source_offset(r, p->run.first));
	b = source_take_buffer(s, size);
	if (!b)
		return -ENOMEM;
	ret = read_piece(r, s, &p->run, b);
	if (ret == 0)
		ret = install(r, p, b->data);
	source_put_buffer(s, b);
	return ret;
}

int pager_fault(struct uffd_region *r, const struct uffd_extent *extent, void *user)
{
	struct uffd_source *s = user;
	uint64_t begin = extent->offset >> r->page_shift, first = begin;
	uint64_t end = first + (extent->length >> r->page_shift);
	int ret = 0;

	while (first < end && ret == 0) {
		struct piece p = {.run = {first, first, false}};

		ret = next_piece(r, s, first, end, &p);
		if (ret == 0)
			ret = bring(r, s, &p);
		/* On an error the piece's run has stopped at the first page that is not there. */
		if (ret == 0)
			first = p.run.end;
		else if (p.run.first > first && p.run.first < end)
			first = p.run.first;
	}
	if (ret == 0 || first == begin)
		return ret;
	return (int)((first - begin) << r->page_shift);
}
