/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Page states written and read as text, one letter a page. */
#ifndef PAGES_H
#define PAGES_H

#include "test.h"

#include <uffd/region.h>

#include "memory/pagestate.h"

/*
 * e EMPTY, b BUSY, w BUSY with WAITERS, c CACHED, p POISONED; the capital letter: and DISCARDED.
 * Only such states can be reached.
 */
static inline char pages_letter(unsigned int state)
{
	static const char plain[] = "ebcp?w??", discarded[] = "EBCP?W??";

	return (state & LIBUFFD_PAGE_DISCARDED ? discarded : plain)[state & 7];
}

/* Brings page from EMPTY to the state of letter, by the transitions there are. */
static inline void pages_put(struct pagestate *ps, uint64_t page, char letter)
{
	struct page_run run;

	if (letter >= 'A' && letter <= 'Z') {
		pagestate_set_discarded(ps, page);
		letter = (char)(letter - 'A' + 'a');
	}
	switch (letter) {
	case 'e':
		return;
	case 'w':
		ck_assert_int_eq(pagestate_fault(ps, page, page, page + 1, &run), PAGE_CLAIMED);
		return;
	}
	ck_assert_int_eq(pagestate_claim(ps, page, page + 1, &run), 0);
	if (letter == 'c')
		ck_assert_uint_eq(pagestate_publish(ps, page, page + 1), page + 1);
	if (letter == 'p')
		pagestate_give_up(ps, page, page + 1, LIBUFFD_PAGE_POISONED);
}

/* Pages [first, first + strlen(text)), which were EMPTY. */
static inline void pages_set(struct pagestate *ps, uint64_t first, const char *text)
{
	for (uint64_t i = 0; text[i]; i++)
		pages_put(ps, first + i, text[i]);
}

static inline void pages_expect(const struct pagestate *ps, uint64_t first, const char *text)
{
	char got[512] = "";

	for (uint64_t i = 0; text[i]; i++)
		got[i] = pages_letter(pagestate_get(ps, first + i));
	ck_assert_msg(!strcmp(got, text), "pages from %llu are %s, expected %s",
		      (unsigned long long)first, got, text);
}

static inline void pages_make(struct pagestate *ps, uint64_t pages)
{
	ck_assert_int_eq(pagestate_init(ps, pages), 0);
}

#endif
