/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A page that is thrown away while its content is on the way: the completion brings zeros for it,
 * and the content for its neighbours.
 */
#include "serve.h"

#define PAGES 16

static struct served s;
static struct uffd_extent asked;
static _Atomic int came;

static int later(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	(void)region;
	(void)user;
	asked = *extent;
	atomic_fetch_add(&came, 1);
	return 0;
}

static void removed(uint32_t backing, uint32_t modes, int advice, bool populate)
{
	struct toucher t[2];

	atomic_store(&came, 0);
	serve(&s, backing, PAGES, UFFD_FEATURE_EVENT_REMOVE, modes,
	      (struct uffd_region_opts){.fault = later});
	s.loop = serve_start(s.ctx, NULL);
	touch_start(&t[0], served_page(&s, 5), false, 0);
	touch_start(&t[1], served_page(&s, 9), false, 0);
	WAIT_UNTIL(atomic_load(&came) == 1 && stats_of(s.ctx).faults_missing == 2);
	ck_assert_uint_eq(asked.length, s.m.length);
	ck_assert_int_eq(madvise(served_page(&s, 4), 3 * s.m.page, advice), 0);
	ck_assert_int_eq(populate ? uffd_populate(s.region, 0, s.content, s.m.length, 0)
				  : uffd_copy(s.region, 0, s.content, s.m.length, 0),
			 0);
	ck_assert_int_eq(touch_join(&t[0]), TOUCH_DONE);
	ck_assert_uint_eq(t[0].value, 0);
	ck_assert_int_eq(touch_join(&t[1]), TOUCH_DONE);
	ck_assert_uint_eq(t[1].value, s.content[9 * s.m.page]);
	for (size_t k = 0; k < PAGES; k++)
		if (k >= 4 && k < 7)
			ck_assert_msg(all_zero(served_page(&s, k), s.m.page), "page %zu", k);
		else
			ck_assert_msg(served_right(&s, k), "page %zu", k);
	serve_end(&s);
}

static void remove_while_claimed_gives_zeros(void)
{
	removed(LIBUFFD_BACKING_ANON, LIBUFFD_MISSING, MADV_DONTNEED, false);
	removed(LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING, MADV_REMOVE, false);
	removed(LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING | LIBUFFD_MINOR, MADV_REMOVE, true);
	removed(LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING | LIBUFFD_MINOR, MADV_DONTNEED, true);
}

TEST_MAIN(remove_while_claimed_gives_zeros)
