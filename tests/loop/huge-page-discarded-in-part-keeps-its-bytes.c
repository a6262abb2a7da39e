/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A REMOVE that covers a part of a huge page has not thrown that page away: what is not in the
 * range keeps its content, filled before or not.
 */
#include "serve.h"

#define PAGES 4
#define PART  65536u

static void huge_page_discarded_in_part_keeps_its_bytes(void)
{
	struct served s;
	uint8_t *from, *to;

	serve(&s, LIBUFFD_BACKING_HUGETLB, PAGES, UFFD_FEATURE_EVENT_REMOVE, LIBUFFD_MISSING,
	      (struct uffd_region_opts){0});
	s.loop = serve_start(s.ctx, NULL);
	ck_assert(served_right(&s, 0));
	ck_assert(served_right(&s, 3));
	serve_settled(&s);
	/* The end of page 0, all of page 1 and 2, the beginning of page 3. */
	from = served_page(&s, 1) - PART;
	to = served_page(&s, 3) + PART;
	if (madvise(from, (size_t)(to - from), MADV_REMOVE) < 0)
		test_skip("this kernel removes whole huge pages only: %s", strerror(errno));
	ck_assert_int_eq(memcmp(s.m.at, s.content, s.m.page - PART), 0);
	ck_assert_int_eq(memcmp(to, s.content + 3 * s.m.page + PART, s.m.page - PART), 0);
	ck_assert(all_zero(served_page(&s, 1), 2 * s.m.page));
	serve_end(&s);

	/* Not filled: the part that is not in the range is the source's still. */
	serve(&s, LIBUFFD_BACKING_HUGETLB, PAGES, UFFD_FEATURE_EVENT_REMOVE, LIBUFFD_MISSING,
	      (struct uffd_region_opts){0});
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(madvise(served_page(&s, 1) - PART, 2 * PART, MADV_REMOVE), 0);
	ck_assert_int_eq(memcmp(s.m.at, s.content, s.m.page - PART), 0);
	ck_assert_int_eq(
		memcmp(served_page(&s, 1) + PART, s.content + s.m.page + PART, s.m.page - PART), 0);
	ck_assert(served_right(&s, 2));
	ck_assert_int_eq(madvise(served_page(&s, 3), s.m.page, MADV_DONTNEED), 0);
	ck_assert(all_zero(served_page(&s, 3), s.m.page));
	serve_end(&s);
}

TEST_MAIN(huge_page_discarded_in_part_keeps_its_bytes)
