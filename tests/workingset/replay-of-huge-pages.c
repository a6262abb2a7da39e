/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A set of a region of huge pages is of huge pages: recorded, saved, packed and replayed by the
 * page, with buffers that have room for several and with the smallest. The source ends within the
 * last one.
 */
#include "wsets.h"

#define PAGES 4u
#define HUGE  (UINT64_C(2) << 20)

static struct counted c;
static struct place place;
static uint8_t *expected;

static void make(struct served *s, uint32_t backing, uint32_t modes, uint64_t buffers)
{
	struct uffd_ctx_opts opts = {.size = sizeof(opts), .buffer_bytes = buffers};
	struct uffd_source *source;

	memset(s, 0, sizeof(*s));
	memset(&c, 0, sizeof(c));
	test_memory_make(&s->m, backing, PAGES);
	s->content = content_make(s->m.length);
	uffd_ctx_close(serve_ctx(0), LIBUFFD_CLOSE_DROP); /* skips where there is none */
	ck_assert_int_eq(uffd_ctx_open(&s->ctx, &opts), 0);
	source = counted_open(&c, (PAGES - 1) * HUGE + 12345);
	s->region = serve_region(s, &s->m, modes, (struct uffd_region_opts){.source = source});
	uffd_source_close(source);
	s->loop = serve_start(s->ctx, NULL);
}

static void replayed(uint32_t backing, uint32_t modes, uint64_t buffers, bool packed)
{
	struct uffd_workingset *set;
	struct served s;

	make(&s, backing, modes, buffers);
	set = load(place.path, s.region);
	ck_assert_int_eq(replay(s.region, set), 0);
	ck_assert_uint_eq(info_of(set).packed_bytes, packed ? 3 * HUGE : 0);
	uffd_workingset_close(set);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert(page_is(&s, k, k == 2 ? LIBUFFD_PAGE_EMPTY : LIBUFFD_PAGE_CACHED));
	/* Those for which there was no room were claimed more than once. */
	ck_assert_uint_ge(stats_of(s.ctx).pages_prefetch, 3);
	ck_assert_uint_eq(packed ? atomic_load(&c.calls) : 0, 0);
	for (size_t k = PAGES; k-- > 0;)
		for (size_t i = 0; i < HUGE; i++)
			if (served_page(&s, k)[i] != expected[k * HUGE + i])
				ck_abort_msg("memory %u, packed %d: page %zu, byte %zu is %u",
					     backing, (int)packed, k, i, served_page(&s, k)[i]);
	serve_end(&s);
}

static void replay_of_huge_pages(void)
{
	struct uffd_workingset *set;
	struct served s;

	place_make(&place);
	make(&s, LIBUFFD_BACKING_HUGETLB_PRIVATE, LIBUFFD_MISSING, 0);
	expected = calloc(PAGES, HUGE);
	content_write(expected, 0, (PAGES - 1) * HUGE + 12345);
	ck_assert_int_eq(uffd_workingset_record(&set, s.region, NULL), 0);
	ck_assert_uint_eq(served_page(&s, 3)[77], expected[3 * HUGE + 77]);
	ck_assert_uint_eq(served_page(&s, 0)[HUGE - 1], expected[HUGE - 1]);
	ck_assert_uint_eq(served_page(&s, 1)[4096], expected[HUGE + 4096]);
	recorded(set, 3);
	ck_assert_uint_eq(entry_of(set, 0).offset, 3 * HUGE);
	ck_assert_uint_eq(entry_of(set, 0).length, HUGE);
	ck_assert_uint_eq(entry_of(set, 0).fault_offset, 3 * HUGE);
	ck_assert_int_eq(uffd_workingset_stop(set), 0);
	ck_assert_uint_eq(info_of(set).page_size, HUGE);
	ck_assert_uint_eq(info_of(set).pages, 3);
	serve_end(&s);
	for (uint32_t flags = 0; flags <= LIBUFFD_WORKINGSET_PACK; flags++) {
		ck_assert_int_eq(uffd_workingset_save(set, place.path, flags), 0);
		replayed(LIBUFFD_BACKING_HUGETLB_PRIVATE, LIBUFFD_MISSING, 0, flags);
		replayed(LIBUFFD_BACKING_HUGETLB_PRIVATE, LIBUFFD_MISSING, UINT64_C(1) << 20,
			 flags);
		replayed(LIBUFFD_BACKING_HUGETLB, LIBUFFD_MISSING | LIBUFFD_MINOR, 0, flags);
	}
	uffd_workingset_close(set);
	free(expected);
	place_end(&place);
}

TEST_MAIN(replay_of_huge_pages)
