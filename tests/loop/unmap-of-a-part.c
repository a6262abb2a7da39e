/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * munmap of the middle of a region: both sides go on, nothing is claimed in the hole, and
 * completing an extent over it says -ENOENT for the hole and fills the rest.
 */
#include "serve.h"

#define PAGES 48

static struct served s;
static struct uffd_extent asked;
static _Atomic int came;
static _Atomic bool defer;

static int fault(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	if (!atomic_load(&defer))
		return served_fault(region, extent, user);
	asked = *extent;
	atomic_fetch_add(&came, 1);
	return 0;
}

static void unmap_of_a_part(void)
{
	struct toucher t;

	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_EVENT_UNMAP, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault = fault});
	s.loop = serve_start(s.ctx, NULL);
	ck_assert(served_right(&s, 0));
	ck_assert(served_right(&s, 40));
	/* Pages 16-31 are claimed by a fault on 17, then 20-23 are unmapped. */
	atomic_store(&defer, true);
	touch_start(&t, served_page(&s, 17), false, 0);
	WAIT_UNTIL(atomic_load(&came) == 1);
	ck_assert_uint_eq(asked.offset, 16 * s.m.page);
	ck_assert_uint_eq(asked.length, 16 * s.m.page);
	ck_assert_int_eq(munmap(served_page(&s, 20), 4 * s.m.page), 0);
	WAIT_UNTIL(stats_of(s.ctx).events_unmap == 1);
	ck_assert_int_eq(
		uffd_copy(s.region, asked.offset, s.content + asked.offset, asked.length, 0),
		-ENOENT);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_uint_eq(t.value, s.content[17 * s.m.page]);
	for (size_t k = 16; k < 32; k++)
		if (k < 20 || k >= 24)
			ck_assert_msg(served_right(&s, k), "page %zu", k);
	ck_assert_ptr_null(uffd_region_address(s.region, 21 * s.m.page));
	ck_assert_ptr_eq(uffd_region_address(s.region, 24 * s.m.page), served_page(&s, 24));
	ck_assert_ptr_null(uffd_region_lookup(s.ctx, served_page(&s, 20), NULL));
	ck_assert_ptr_eq(uffd_region_lookup(s.ctx, served_page(&s, 19), NULL), s.region);

	/* A window with a hole that came before the fault. */
	atomic_store(&defer, false);
	ck_assert_int_eq(munmap(served_page(&s, 4), 2 * s.m.page), 0);
	for (size_t k = 0; k < PAGES; k++)
		if (k != 4 && k != 5 && (k < 20 || k >= 24))
			ck_assert_msg(served_right(&s, k), "page %zu", k);
	/* Somebody else's memory there is not the region's. */
	ck_assert_ptr_eq(mmap(served_page(&s, 20), 4 * s.m.page, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
			 served_page(&s, 20));
	ck_assert(all_zero(served_page(&s, 20), 4 * s.m.page));
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_REFUSE), 0);
	serve_end(&s);
}

TEST_MAIN(unmap_of_a_part)
