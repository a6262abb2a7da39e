/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The next BUSY page, and the next one whose content would be lost: EMPTY and not thrown away, or
 * BUSY. None is said as the number of pages, in a last word that is in use in part only too.
 */
#include "pages.h"

static void expect(char letter, bool busy, bool unfilled)
{
	struct pagestate ps;

	for (uint64_t pages = 1; pages < 20; pages++) {
		for (uint64_t page = 0; page < pages; page++) {
			pages_make(&ps, pages);
			for (uint64_t p = 0; p < pages; p++)
				pages_put(&ps, p, p == page ? letter : 'c');
			for (uint64_t from = 0; from < pages; from++) {
				ck_assert_uint_eq(pagestate_find_busy(&ps, from),
						  busy && from <= page ? page : pages);
				ck_assert_uint_eq(pagestate_find_unfilled(&ps, from),
						  unfilled && from <= page ? page : pages);
			}
			ck_assert_uint_eq(pagestate_find_busy(&ps, pages), pages);
			ck_assert_uint_eq(pagestate_find_unfilled(&ps, pages), pages);
			pagestate_fini(&ps);
		}
	}
}

static void finds_what_is_not_complete(void)
{
	expect('e', false, true);
	expect('E', false, false);
	expect('b', true, true);
	expect('B', true, true);
	expect('w', true, true);
	expect('c', false, false);
	expect('C', false, false);
	expect('p', false, false);
}
TEST_MAIN(finds_what_is_not_complete)
