/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The event callback runs when the event has been applied, and may ask about the region, wake it
 * and install pages: it holds nothing.
 */
#include "serve.h"

#define PAGES 8

static struct served s;
static struct uffd_event seen[8];
static _Atomic int events;
static _Atomic int wrong;

static void on_event(struct uffd_ctx *ctx, const struct uffd_event *event, void *user)
{
	uint64_t offset = event->address - (uintptr_t)s.m.at;
	struct uffd_extent extent;

	if (ctx != s.ctx || user != &s || event->fd != -1)
		atomic_fetch_add(&wrong, 1);
	if (event->kind == LIBUFFD_EVENT_REMOVE &&
	    (uffd_region_page(s.region, offset) != (LIBUFFD_PAGE_EMPTY | LIBUFFD_PAGE_DISCARDED) ||
	     uffd_region_address(s.region, offset) != (void *)(uintptr_t)event->address ||
	     uffd_wake(s.region, offset, event->length) != 0 ||
	     uffd_claim(s.region, offset, event->length, &extent) != 0 ||
	     uffd_abandon(s.region, extent.offset, extent.length) != 0))
		atomic_fetch_add(&wrong, 1);
	if (event->kind == LIBUFFD_EVENT_UNMAP && offset == 7 * s.m.page &&
	    (uffd_region_address(s.region, offset) == (void *)(uintptr_t)event->address ||
	     uffd_region_lookup(ctx, (void *)(uintptr_t)event->address, NULL)))
		atomic_fetch_add(&wrong, 1);
	if (event->kind == LIBUFFD_EVENT_REMAP &&
	    uffd_region_lookup(ctx, (void *)(uintptr_t)event->new_address, NULL) != s.region)
		atomic_fetch_add(&wrong, 1);
	seen[atomic_load(&events)] = *event;
	atomic_fetch_add(&events, 1);
}

static void event_callback_runs_outside_the_gate(void)
{
	struct uffd_loop_opts opts = serve_loop_opts();
	void *to;

	serve(&s, LIBUFFD_BACKING_ANON, PAGES,
	      UFFD_FEATURE_EVENT_REMOVE | UFFD_FEATURE_EVENT_UNMAP | UFFD_FEATURE_EVENT_REMAP,
	      LIBUFFD_MISSING, (struct uffd_region_opts){0});
	opts.event = on_event;
	opts.user = &s;
	s.loop = serve_start(s.ctx, &opts);
	ck_assert(served_right(&s, 0));
	serve_settled(&s);
	ck_assert_int_eq(madvise(served_page(&s, 1), 2 * s.m.page, MADV_DONTNEED), 0);
	WAIT_UNTIL(atomic_load(&events) == 1);
	ck_assert_uint_eq(seen[0].kind, LIBUFFD_EVENT_REMOVE);
	ck_assert_uint_eq(seen[0].address, (uintptr_t)served_page(&s, 1));
	ck_assert_uint_eq(seen[0].length, 2 * s.m.page);
	ck_assert_int_eq(munmap(served_page(&s, 7), s.m.page), 0);
	WAIT_UNTIL(atomic_load(&events) == 2);
	ck_assert_uint_eq(seen[1].kind, LIBUFFD_EVENT_UNMAP);
	ck_assert_uint_eq(seen[1].address, (uintptr_t)served_page(&s, 7));
	ck_assert_uint_eq(seen[1].length, s.m.page);
	to = mmap(NULL, s.m.page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_eq(
		mremap(served_page(&s, 4), s.m.page, s.m.page, MREMAP_MAYMOVE | MREMAP_FIXED, to),
		to);
	/* The kernel also says that the old range is unmapped. */
	WAIT_UNTIL(atomic_load(&events) >= 3);
	ck_assert_uint_eq(seen[2].kind, LIBUFFD_EVENT_REMAP);
	ck_assert_uint_eq(seen[2].address, (uintptr_t)served_page(&s, 4));
	ck_assert_uint_eq(seen[2].new_address, (uintptr_t)to);
	ck_assert_uint_eq(seen[2].length, s.m.page);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	munmap(to, s.m.page);
	serve_end(&s);
}

TEST_MAIN(event_callback_runs_outside_the_gate)
