/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What was thrown away before a prefetch comes to it is not read and stays zeros; what is thrown
 * away while it is being read becomes zeros when the read comes. By uffd_discard(), and by
 * madvise(2) with events.
 */
#include "later.h"

#define PAGES 256u

static struct later l;
static struct served s;

static void throw_away(bool events, size_t page, size_t n)
{
	if (!events)
		ck_assert_int_eq(uffd_discard(s.region, page * 4096, n * 4096), 0);
	ck_assert_int_eq(
		madvise(served_page(&s, page), n * 4096, s.m.fd >= 0 ? MADV_REMOVE : MADV_DONTNEED),
		0);
	memset(s.content + page * 4096, 0, n * 4096);
}

static void discarded(uint32_t backing, uint32_t modes, bool events,
		      struct uffd_region_opts region_opts)
{
	struct uffd_prefetch_opts opts = {.size = sizeof(opts), .budget = 131072};
	struct uffd_prefetch_progress p = {.size = sizeof(p)};
	struct uffd_prefetch *prefetch;

	later_make(&l, PAGES * 4096, NULL);
	memset(&s, 0, sizeof(s));
	test_memory_make(&s.m, backing, PAGES);
	s.content = content_make(s.m.length);
	s.ctx = serve_ctx_flags(events ? UFFD_FEATURE_EVENT_REMOVE : 0,
				events ? 0 : LIBUFFD_CTX_DISCARDS);
	region_opts.source = l.source;
	s.region = serve_region(&s, &s.m, modes, region_opts);
	s.loop = serve_start(s.ctx, NULL);
	throw_away(events, 100, 30);
	throw_away(events, 250, 6);
	ck_assert_int_eq(uffd_prefetch_start(&prefetch, s.region, &opts), 0);
	WAIT_UNTIL(later_count(&l) > 0);
	ck_assert(l.held[0].offset == 0 && l.held[0].length == 131072);
	/* These are being read, those are not yet. */
	throw_away(events, 3, 5);
	throw_away(events, 60, 4);
	later_start(&l, false);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), 0);
	later_stop(&l);
	ck_assert_int_eq(uffd_prefetch_progress(prefetch, &p), 0);
	ck_assert_uint_eq(p.bytes_done, p.bytes_total);
	ck_assert_uint_eq(p.bytes_brought, (PAGES - 36 - 4) * 4096);
	uffd_prefetch_close(prefetch);
	ck_assert_uint_eq(l.brought, (PAGES - 36 - 4) * 4096);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert_msg(served_right(&s, k), "page %zu", k);
	ck_assert(all_zero(served_page(&s, 3), 5 * 4096));
	serve_end(&s);
	later_free(&l);
}

static void discarded_is_not_read(void)
{
	const uint32_t both = LIBUFFD_MISSING | LIBUFFD_MINOR;

	for (int events = 0; events < 2; events++) {
		discarded(LIBUFFD_BACKING_ANON, LIBUFFD_MISSING, events,
			  (struct uffd_region_opts){.install = LIBUFFD_INSTALL_COPY});
		discarded(LIBUFFD_BACKING_SHMEM, both, events, (struct uffd_region_opts){0});
		discarded(LIBUFFD_BACKING_SHMEM, both, events,
			  (struct uffd_region_opts){.install = LIBUFFD_INSTALL_POPULATE});
		discarded(LIBUFFD_BACKING_SHMEM, both, events,
			  (struct uffd_region_opts){.flags = LIBUFFD_REGION_ALIAS,
						    .install = LIBUFFD_INSTALL_ALIAS});
	}
}

TEST_MAIN(discarded_is_not_read)
