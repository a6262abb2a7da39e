/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Regions of every type of memory that the test itself claims and completes: there is no loop.
 * What a loop would do with a message, answer() does, one message at a time, in the test's thread.
 */
#ifndef CLAIMS_H
#define CLAIMS_H

#include "expect.h"
#include "serve.h"

#define HUGE_PAGE_SIZE ((size_t)2 << 20)
#define HUGE_PAGE_FLAG (21 << 26) /* MAP_HUGE_2MB */

#include "memory/fill.h"
#include "memory/region.h"
#include "memory/resolve.h"

static const uint32_t claim_backings[] = {
	LIBUFFD_BACKING_ANON,          LIBUFFD_BACKING_SHMEM,
	LIBUFFD_BACKING_SHMEM_PRIVATE, LIBUFFD_BACKING_HUGETLB_PRIVATE,
	LIBUFFD_BACKING_HUGETLB,
};

static inline bool is_huge(uint32_t backing)
{
	return backing == LIBUFFD_BACKING_HUGETLB || backing == LIBUFFD_BACKING_HUGETLB_PRIVATE;
}

static inline bool is_shared(uint32_t backing)
{
	return backing == LIBUFFD_BACKING_HUGETLB || backing == LIBUFFD_BACKING_SHMEM;
}

/* Pages of a test's memory: over the edge of a word of states, or as few as huge pages allow. */
static inline size_t claim_pages(uint32_t backing)
{
	return is_huge(backing) ? 4 : 20;
}

/* Whether so many pages of 2 MiB are free, now. */
static inline bool huge_pages_free(size_t pages)
{
	size_t length = pages * HUGE_PAGE_SIZE;
	void *at = mmap(NULL, length, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | HUGE_PAGE_FLAG, -1, 0);

	if (at == MAP_FAILED)
		return false;
	munmap(at, length);
	return true;
}

/* Calls fn for each type of memory of this machine; without huge pages the others are tried. */
static inline void each_backing(void (*fn)(uint32_t backing))
{
	for (size_t i = 0; i < sizeof(claim_backings) / sizeof(claim_backings[0]); i++) {
		uint32_t backing = claim_backings[i];

		if (is_huge(backing) && !huge_pages_free(claim_pages(backing)))
			printf("no free huge pages: not tried on %s\n", uffd_backing_name(backing));
		else
			fn(backing);
	}
}

static inline int count_wp(struct uffd_region *r, uint64_t offset, uint32_t tid, void *user)
{
	struct served *s = user;

	(void)r;
	(void)offset;
	(void)tid;
	atomic_fetch_add(&s->calls, 1);
	return 0;
}

static inline uint32_t fill_modes(uint32_t backing)
{
	return is_shared(backing) ? LIBUFFD_MISSING | LIBUFFD_MINOR : LIBUFFD_MISSING;
}

/* A region over all of s->m; s->ctx is there. Shared memory: with its file. */
static inline void claims_add(struct served *s, uint32_t modes, uint32_t flags)
{
	struct uffd_region_opts opts = {
		.size = sizeof(opts), .flags = flags, .fault = served_fault, .user = s};

	if (modes & LIBUFFD_WP)
		opts.wp_fault = count_wp;
	if (modes & LIBUFFD_MINOR && s->m.fd >= 0) {
		opts.flags |= LIBUFFD_REGION_FD;
		opts.fd = s->m.fd;
	}
	ck_assert_int_eq(uffd_region_add(&s->region, s->ctx, s->m.at, s->m.length, modes, &opts),
			 0);
}

/* Memory, its content, a context and a region with what fills need, and more. End: serve_end(). */
static inline void claims_make(struct served *s, uint32_t backing, uint32_t ctx_flags,
			       uint32_t more_modes, uint32_t region_flags)
{
	memset(s, 0, sizeof(*s));
	test_memory_make(&s->m, backing, claim_pages(backing));
	s->content = content_make(s->m.length);
	s->ctx = serve_ctx_flags(0, ctx_flags);
	claims_add(s, fill_modes(backing) | more_modes, region_flags);
}

/* Claims exactly these pages, all EMPTY. */
static inline void claim(struct served *s, size_t first, size_t count)
{
	struct uffd_extent e;

	ck_assert_int_eq(uffd_claim(s->region, first * s->m.page, count * s->m.page, &e), 0);
	ck_assert_uint_eq(e.offset, first * s->m.page);
	ck_assert_uint_eq(e.length, count * s->m.page);
	ck_assert_uint_eq(e.fault_offset, e.offset);
	ck_assert_uint_eq(e.kind, LIBUFFD_PREFETCH);
	ck_assert_uint_eq(e.flags, 0);
}

/* Every page of a range in this state, bits included. */
static inline void expect_state(const struct served *s, size_t first, size_t count,
				unsigned int state)
{
	for (size_t p = first; p < first + count; p++)
		ck_assert_msg(page_state(s, p) == state, "page %zu is in state %x, expected %x", p,
			      page_state(s, p), state);
}

static inline void expect_content(const struct served *s, size_t first, size_t count)
{
	for (size_t p = first; p < first + count; p++) {
		ck_assert_msg(page_mapped(served_page(s, p)), "page %zu is not mapped", p);
		ck_assert_msg(served_right(s, p), "page %zu has wrong bytes", p);
	}
}

static inline void expect_zeros(const struct served *s, size_t first, size_t count)
{
	for (size_t p = first; p < first + count; p++) {
		/* The zero page is mapped without being present in the eyes of mincore. */
		ck_assert_msg(page_mapped(served_page(s, p)), "page %zu is not mapped", p);
		ck_assert_msg(all_zero(served_page(s, p), s->m.page), "page %zu is not zeros", p);
	}
}

/* Takes one message and the claim or the mark that a loop would; returns the verdict. */
static inline enum page_verdict admit(struct served *s, struct page_run *run)
{
	struct uffd_msg msg = expect_event(uffd_ctx_fd(s->ctx), UFFD_EVENT_PAGEFAULT);
	uint64_t offset, page;

	ck_assert_ptr_eq(
		uffd_region_lookup(s->ctx, (void *)(uintptr_t)msg.arg.pagefault.address, &offset),
		s->region);
	page = offset / s->m.page;
	return pagestate_fault(&s->region->pages, page, page, page + 1, run);
}

/* Takes one message and answers it as a loop would. */
static inline void answer(struct served *s)
{
	struct page_run run = {0};
	struct uffd_extent e;

	switch (admit(s, &run)) {
	case PAGE_CLAIMED:
		e = (struct uffd_extent){.offset = run.first * s->m.page,
					 .length = (run.end - run.first) * s->m.page,
					 .fault_offset = run.first * s->m.page,
					 .kind = LIBUFFD_FAULT_MISSING};
		fill(s->region, &run, &e);
		break;
	case PAGE_RECLAIMED:
		resolve_again(s->region, &run);
		break;
	case PAGE_IS_POISONED:
		resolve_poisoned(s->region, &run);
		break;
	case PAGE_WAITS:
		break;
	}
}

/* A thread touches the page, sleeps, and has been marked as waiting for the page's owner. */
static inline void wait_start(struct served *s, struct toucher *t, size_t page)
{
	struct page_run run;

	touch_start(t, served_page(s, page), false, 0);
	ck_assert_int_eq(admit(s, &run), PAGE_WAITS);
	ck_assert(page_state(s, page) & LIBUFFD_PAGE_WAITERS);
}

/* The thread read this byte, the first of the page. */
static inline void wait_end(struct toucher *t, uint8_t value)
{
	ck_assert_int_eq(touch_join(t), TOUCH_DONE);
	ck_assert_uint_eq(t->value, value);
}

static inline uint8_t first_byte(const struct served *s, size_t page)
{
	return s->content[page * s->m.page];
}

#endif
