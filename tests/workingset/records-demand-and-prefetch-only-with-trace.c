/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * uffd_demand() is recorded as a fault is. Prefetches, of both kinds, are recorded with TRACE only,
 * and a replay of such a set leaves them out. What was discarded asks nobody and is not recorded.
 */
#include "wsets.h"

#define PAGES 64u

static struct counted c;

static void ask(struct served *s)
{
	const struct uffd_range range = {32 * s->m.page, 4 * s->m.page};
	const struct uffd_prefetch_opts opts = {
		.size = sizeof(opts), .ranges = &range, .range_count = 1};
	struct uffd_prefetch *f;

	ck_assert_int_eq(uffd_demand(s->region, 2 * s->m.page, 3 * s->m.page, NULL), 0);
	ck_assert_int_eq(uffd_prefetch(s->region, 10 * s->m.page, 4 * s->m.page), 0);
	ck_assert_int_eq(uffd_prefetch_start(&f, s->region, &opts), 0);
	ck_assert_int_eq(prefetch_result(f), 0);
	uffd_prefetch_close(f);
	ck_assert_int_eq(uffd_discard(s->region, 20 * s->m.page, s->m.page), 0);
	ck_assert(all_zero(served_page(s, 20), s->m.page));
	ck_assert_int_eq(uffd_demand(s->region, 20 * s->m.page, s->m.page, NULL), 0);
	ck_assert(served_right(s, 0));
}

static void asked_for(struct uffd_workingset *set, uint64_t i, uint64_t page, uint64_t pages,
		      uint32_t kind)
{
	struct uffd_workingset_entry e = entry_of(set, i);

	ck_assert_uint_eq(e.offset, page * 4096);
	ck_assert_uint_eq(e.length, pages * 4096);
	ck_assert_uint_eq(e.fault_offset, page * 4096);
	ck_assert_uint_eq(e.kind, kind);
	ck_assert_uint_eq(e.flags, 0);
	ck_assert_uint_gt(e.latency_ns, 0);
}

static void asked(uint32_t flags)
{
	struct uffd_workingset *set;
	struct uffd_source *source;
	struct served s;
	uint64_t i = 0;

	memset(&s, 0, sizeof(s));
	test_memory_make(&s.m, LIBUFFD_BACKING_ANON, PAGES);
	s.content = content_make(s.m.length);
	s.ctx = serve_ctx_flags(0, LIBUFFD_CTX_DISCARDS);
	source = counted_open(&c, s.m.length);
	s.region = serve_region(
		&s, &s.m, LIBUFFD_MISSING,
		/* Not by huge pages, at whose edges a prefetch is cut. */
		(struct uffd_region_opts){.source = source, .install = LIBUFFD_INSTALL_COPY});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	set = record(&s, flags);
	ask(&s);
	recorded(set, flags & LIBUFFD_WORKINGSET_TRACE ? 4 : 2);
	ck_assert_int_eq(uffd_workingset_stop(set), 0);
	asked_for(set, i++, 2, 3, LIBUFFD_DEMAND);
	if (flags & LIBUFFD_WORKINGSET_TRACE) {
		asked_for(set, i++, 10, 4, LIBUFFD_PREFETCH);
		asked_for(set, i++, 32, 4, LIBUFFD_PREFETCH);
	}
	asked_for(set, i++, 0, 1, LIBUFFD_FAULT_MISSING);
	ck_assert_uint_eq(info_of(set).entries, i);
	ck_assert_uint_eq(info_of(set).pages, 4);
	uffd_workingset_close(set);
	serve_end(&s);
}

static void records_demand_and_prefetch_only_with_trace(void)
{
	asked(0);
	asked(LIBUFFD_WORKINGSET_TRACE);
}

TEST_MAIN(records_demand_and_prefetch_only_with_trace)
