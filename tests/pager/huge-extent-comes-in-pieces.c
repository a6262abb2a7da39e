/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A window of many megabytes is read in pieces, each within a bounded buffer, and so is a huge page
 * in one.
 */
#include "serve.h"

#define PAGES 1024u

static _Atomic uint64_t largest;
static _Atomic int reads;

static int64_t read_it(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	(void)user;
	if (length > atomic_load(&largest))
		atomic_store(&largest, length);
	atomic_fetch_add(&reads, 1);
	content_write(buffer, offset, length);
	return (int64_t)length;
}

static void brought(uint32_t backing, size_t pages, uint64_t around, uint64_t limit)
{
	const struct uffd_source_ops ops = {.size = sizeof(ops), .read = read_it};
	struct uffd_source *source;
	struct served s;

	atomic_store(&largest, 0);
	atomic_store(&reads, 0);
	ck_assert_int_eq(uffd_source_open(&source, 64u << 20, &ops, NULL), 0);
	serve(&s, backing, pages, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){
		      .source = source, .source_offset = 333, .fault_around = around});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_uint_eq(*served_page(&s, pages - 1), content_byte(333 + (pages - 1) * s.m.page));
	for (size_t k = 0; k < pages; k++)
		ck_assert(content_is(served_page(&s, k), 333 + k * s.m.page, s.m.page));
	serve_settled(&s);
	ck_assert_uint_eq(stats_of(s.ctx).pages_fault, around < s.m.length ? pages : 1);
	ck_assert_uint_le(atomic_load(&largest), limit);
	ck_assert_int_gt(atomic_load(&reads), 1);
	serve_end(&s);
}

static void huge_extent_comes_in_pieces(void)
{
	brought(LIBUFFD_BACKING_ANON, PAGES, 4u << 20, 2u << 20);
	brought(LIBUFFD_BACKING_HUGETLB, 2, 4096, 2u << 20);
}

TEST_MAIN(huge_extent_comes_in_pieces)
