/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * mremap moves a region, or a part of it: faults at the new address get the page that belongs
 * there, also around the fault; a claim made before the move is completed where the page is now.
 */
#include "serve.h"

#define PAGES 64

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

static uint8_t *moved(uint8_t *from, size_t length)
{
	void *to = mmap(NULL, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_eq(mremap(from, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, to), to);
	return to;
}

static void begin(uint32_t backing, uint32_t modes)
{
	atomic_store(&came, 0);
	atomic_store(&defer, false);
	serve(&s, backing, PAGES, UFFD_FEATURE_EVENT_REMAP | UFFD_FEATURE_EVENT_UNMAP, modes,
	      (struct uffd_region_opts){.fault = fault});
	s.loop = serve_start(s.ctx, NULL);
}

static bool right_at(const uint8_t *at, size_t page)
{
	return memcmp(at, s.content + page * s.m.page, s.m.page) == 0;
}

static void whole(uint32_t backing, uint32_t modes)
{
	uint8_t *at;

	begin(backing, modes);
	ck_assert(served_right(&s, 3));
	ck_assert(served_right(&s, 40));
	at = moved(s.m.at, s.m.length);
	for (size_t k = PAGES; k-- > 0;)
		ck_assert_msg(right_at(at + k * s.m.page, k), "page %zu", k);
	ck_assert_ptr_eq(uffd_region_address(s.region, s.m.page + 5), at + s.m.page + 5);
	s.m.at = at;
	serve_end(&s);
}

static void part(void)
{
	uint8_t *at;

	begin(LIBUFFD_BACKING_ANON, LIBUFFD_MISSING);
	ck_assert(served_right(&s, 17));
	/* Pages 10-41, which begin and end within windows. */
	at = moved(served_page(&s, 10), 32 * s.m.page);
	ck_assert(right_at(at + 2 * s.m.page, 12)); /* window 0-15: its other part is elsewhere */
	ck_assert(right_at(at + 30 * s.m.page, 40));
	for (size_t k = 0; k < PAGES; k++)
		if (k < 10 || k >= 42)
			ck_assert_msg(served_right(&s, k), "page %zu", k);
		else
			ck_assert_msg(right_at(at + (k - 10) * s.m.page, k), "page %zu", k);
	ck_assert_ptr_eq(uffd_region_address(s.region, 10 * s.m.page), at);
	munmap(at, 32 * s.m.page);
	serve_end(&s);
}

static void claimed(void)
{
	struct toucher t[2];
	uint8_t *at;

	begin(LIBUFFD_BACKING_ANON, LIBUFFD_MISSING);
	atomic_store(&defer, true);
	touch_start(&t[0], served_page(&s, 2), false, 0);
	WAIT_UNTIL(atomic_load(&came) == 1);
	at = moved(served_page(&s, 6), 4 * s.m.page);
	touch_start(&t[1], at + s.m.page, false, 0); /* page 7 */
	WAIT_UNTIL(stats_of(s.ctx).faults_missing == 2);
	ck_assert_int_eq(
		uffd_copy(s.region, asked.offset, s.content + asked.offset, asked.length, 0), 0);
	ck_assert_int_eq(touch_join(&t[0]), TOUCH_DONE);
	ck_assert_uint_eq(t[0].value, s.content[2 * s.m.page]);
	ck_assert_int_eq(touch_join(&t[1]), TOUCH_DONE);
	for (size_t k = 6; k < 10; k++)
		ck_assert(right_at(at + (k - 6) * s.m.page, k));
	ck_assert(served_right(&s, 15));
	munmap(at, 4 * s.m.page);
	serve_end(&s);
}

static void remap_follows_the_region(void)
{
	whole(LIBUFFD_BACKING_ANON, LIBUFFD_MISSING);
	whole(LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING | LIBUFFD_MINOR);
	part();
	claimed();
}

TEST_MAIN(remap_follows_the_region)
