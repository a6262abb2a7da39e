/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A MINOR fault on a page that nobody of this context filled may meet somebody's half-written page:
 * it is filled with the whole content, never continued as it is.
 */
#include "serve.h"

static void half_written(uint32_t backing, size_t pages)
{
	struct served s;
	uint8_t *alias;

	serve(&s, backing, pages, 0, LIBUFFD_MISSING | LIBUFFD_MINOR, (struct uffd_region_opts){0});
	s.loop = serve_start(s.ctx, NULL);
	alias = test_memory_alias(&s.m);
	for (size_t k = 0; k < pages; k += 2)
		memset(alias + k * s.m.page, 0xee, s.m.page / 2);
	for (size_t k = 0; k < pages; k++)
		ck_assert_msg(served_right(&s, k), "backing %u, page %zu", backing, k);
	ck_assert_int_eq(memcmp(alias, s.content, s.m.length), 0);
	ck_assert_uint_gt(stats_of(s.ctx).faults_minor + stats_of(s.ctx).faults_missing, 0);
	munmap(alias, s.m.length);
	serve_end(&s);
}

static void minor_fault_on_half_written_page_is_filled(void)
{
	half_written(LIBUFFD_BACKING_SHMEM, 40);
	half_written(LIBUFFD_BACKING_HUGETLB, 3);
}

TEST_MAIN(minor_fault_on_half_written_page_is_filled)
