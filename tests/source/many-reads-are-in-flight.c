/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Faults of many threads in many windows are all asked for before the first is answered: the source
 * answers none before it has them all. Then in any order, and each wakes who waits for it and
 * nobody else.
 */
#include "later.h"

#define WINDOWS 128u
#define PAGES   (WINDOWS * 4)

static struct later l;
static struct served s;
static struct toucher t[WINDOWS];

static void in_flight(uint32_t backing, uint32_t modes)
{
	uint32_t order = 0;

	later_make(&l, PAGES * 4096, NULL);
	later_serve(&s, &l, backing, PAGES, 0, modes,
		    (struct uffd_region_opts){.fault_around = 16384});
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < WINDOWS; k++)
		touch_start(&t[k], served_page(&s, k * 4 + k % 4), false, 0);
	WAIT_UNTIL(later_count(&l) == WINDOWS);
	ck_assert_uint_eq(later_asked(&l), WINDOWS);
	for (size_t k = 0; k < WINDOWS; k++)
		ck_assert(touch_asleep(&t[k]));
	for (uint32_t left = WINDOWS; left; left--) {
		struct later_read read;
		uint64_t k;

		order = (order * 1664525u + 1013904223u) >> 1;
		ck_assert(later_take(&l, order % left, &read));
		later_bring(&l, &read);
		k = read.offset / 16384;
		ck_assert_int_eq(touch_join(&t[k]), TOUCH_DONE);
		ck_assert_uint_eq(t[k].value, content_byte((k * 4 + k % 4) * 4096));
		ck_assert_uint_eq(later_count(&l), left - 1);
	}
	for (size_t k = 0; k < PAGES; k++)
		ck_assert(served_right(&s, k));
	ck_assert_uint_eq(later_asked(&l), WINDOWS);
	ck_assert(later_none_twice(&l));
	serve_end(&s);
	later_free(&l);
}

static void many_reads_are_in_flight(void)
{
	in_flight(LIBUFFD_BACKING_ANON, LIBUFFD_MISSING);
	in_flight(LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING | LIBUFFD_MINOR);
}

TEST_MAIN(many_reads_are_in_flight)
