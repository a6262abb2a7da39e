/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Memory that mremap() moved, with an event, is tracked on at its new address by its old offsets:
 * what was written before and after is reported, what was not is not.
 */
#include "tracked.h"

#define PAGES 12u

static uint8_t *now_at(const struct tracked *t, size_t page)
{
	uint8_t *at = uffd_region_address(t->s.region, page * t->s.m.page);

	ck_assert_ptr_nonnull(at);
	return at;
}

static void write_now(const struct tracked *t, size_t page)
{
	++*(volatile uint8_t *)now_at(t, page);
}

/* Moves some pages away; to be unmapped by the caller. */
static uint8_t *move(const struct tracked *t, size_t first, size_t pages)
{
	size_t length = pages * t->s.m.page;
	uint8_t *from = served_page(&t->s, first);
	uint8_t *to = mmap(NULL, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(to, MAP_FAILED);
	ck_assert_ptr_eq(mremap(from, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, to), to);
	/* The event has been read when mremap() returns, and may not have been applied. */
	WAIT_UNTIL(now_at(t, first) == to);
	return to;
}

static void moved(uint32_t method, const struct track_kind *kind)
{
	struct tracked t;
	uint8_t *to;

	/* A mapping of huge pages moves by its own rules. */
	if (track_is_huge(kind))
		return;
	track_serve(&t, method, kind, PAGES, UFFD_FEATURE_EVENT_REMAP, 0,
		    (struct uffd_region_opts){0});
	for (size_t k = 0; k < 8; k++)
		track_write(&t, k);
	track_start(&t);
	track_write(&t, 1);
	track_write(&t, 5);
	to = move(&t, 4, 6);
	EXPECT_DIRTY(&t, "1 5");
	EXPECT_DIRTY(&t, "");
	write_now(&t, 2);
	write_now(&t, 4);
	write_now(&t, 8); /* never touched before */
	ck_assert_uint_ne(*now_at(&t, 9), 1);
	write_now(&t, 11);
	EXPECT_DIRTY(&t, "2 4 8 11");
	EXPECT_DIRTY(&t, "");
	write_now(&t, 9);
	write_now(&t, 10);
	EXPECT_DIRTY(&t, "9-10");
	track_stop(&t);
	write_now(&t, 6);
	track_start(&t);
	EXPECT_DIRTY(&t, "");
	write_now(&t, 6);
	EXPECT_DIRTY(&t, "6");
	track_end(&t);
	munmap(to, 6 * 4096);
}

static void moved_memory(void)
{
	track_each(moved, 1);
}

TEST_MAIN(moved_memory)
