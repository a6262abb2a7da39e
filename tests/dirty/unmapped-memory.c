/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A part of a tracked region that is unmapped, whether an event says so or not, has no dirty pages
 * and hides none of the others'; so has a part where something else was mapped. When all is gone a
 * collect says so.
 */
#include "tracked.h"

#define PAGES 12u

static void unmap(const struct tracked *t, size_t first, size_t pages)
{
	ck_assert_int_eq(munmap(served_page(&t->s, first), pages * t->s.m.page), 0);
}

static void begin(struct tracked *t, uint32_t method, const struct track_kind *kind, bool events)
{
	track_serve(t, method, kind, PAGES, events ? UFFD_FEATURE_EVENT_UNMAP : 0, 0,
		    (struct uffd_region_opts){0});
	strcat(t->name, events ? ", events" : "");
	for (size_t k = 0; k < PAGES / 2; k++)
		track_write(t, k);
	track_start(t);
}

static void expect_gone(struct tracked *t)
{
	struct uffd_range range = {77, 78};
	uint64_t offset = 0;
	int64_t ret = uffd_dirty_collect(t->dirty, &offset, &range, 1);

	ck_assert_msg(ret == -ENOENT, "%s: %lld", t->name, (long long)ret);
	ck_assert_uint_eq(offset, 0);
	ck_assert_uint_eq(range.offset, 77);
}

/* The first pages, some in the middle, the last ones; written and not. */
static void in_parts(uint32_t method, const struct track_kind *kind, bool events)
{
	struct tracked t;

	begin(&t, method, kind, events);
	for (size_t k = 0; k < PAGES; k += 2)
		track_write(&t, k);
	unmap(&t, 4, 1);
	EXPECT_DIRTY(&t, "0 2 6 8 10");
	track_write(&t, 0);
	track_write(&t, 8);
	track_write(&t, 9);
	unmap(&t, 0, 2);
	EXPECT_DIRTY(&t, "8-9");
	track_write(&t, 11);
	track_write(&t, 10);
	track_write(&t, 5);
	unmap(&t, 11, 1);
	EXPECT_DIRTY(&t, "5 10");
	EXPECT_DIRTY(&t, "");
	track_write(&t, 9);
	track_stop(&t);
	track_write(&t, 9);
	track_end(&t);
}

static void all_of_it(uint32_t method, const struct track_kind *kind, bool events)
{
	struct tracked t;

	begin(&t, method, kind, events);
	track_write(&t, 3);
	unmap(&t, 0, PAGES);
	expect_gone(&t);
	track_stop(&t);
	ck_assert_int_eq(uffd_dirty_start(&t.dirty, t.s.region, NULL), -ENOENT);
	t.dirty = NULL;
	track_end(&t);
}

/* Without events: other memory at its place, which is nobody's and must not be touched. */
static void mapped_over(uint32_t method, const struct track_kind *kind, size_t first, size_t pages)
{
	struct uffd_range range = {77, 78};
	uint64_t offset = 0;
	struct tracked t;

	begin(&t, method, kind, false);
	track_write(&t, 1);
	track_write(&t, 3);
	track_write(&t, 9);
	ck_assert_ptr_ne(mmap(served_page(&t.s, first), pages * t.s.m.page, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
			 MAP_FAILED);
	track_write(&t, 3);
	if (pages == PAGES)
		ck_assert_int_le(uffd_dirty_collect(t.dirty, &offset, &range, 1), 0);
	else
		EXPECT_DIRTY(&t, "1 9");
	for (size_t k = first; k < first + pages; k++)
		track_write(&t, k); /* costs no fault, which nobody would answer */
	if (pages < PAGES) {
		EXPECT_DIRTY(&t, "");
		track_write(&t, 9);
		EXPECT_DIRTY(&t, "9");
	}
	track_end(&t);
}

static void each(uint32_t method, const struct track_kind *kind)
{
	for (int events = 0; events < 2; events++) {
		in_parts(method, kind, events);
		all_of_it(method, kind, events);
	}
	if (track_is_huge(kind))
		return;
	mapped_over(method, kind, 2, 4);
	mapped_over(method, kind, 3, 1);
	mapped_over(method, kind, 0, PAGES);
}

static void unmapped_memory(void)
{
	track_each(each, PAGES);
}

TEST_MAIN(unmapped_memory)
