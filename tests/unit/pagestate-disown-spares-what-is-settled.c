/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Disowned, what was claimed is empty and nobody waits, wherever it lies in a word; all else stays
 * as it was. The states may be a mapping of somebody's file, which is unmapped at the end.
 */
#include "pages.h"

static const char before[] = "ebwcpEBWCP";
static const char after[] = "eeecpEEECP";

static bool is_mapped(void *at)
{
	unsigned char vec;

	return mincore(at, 1, &vec) == 0;
}

static void disown(struct pagestate *ps, uint64_t first)
{
	pages_set(ps, first, before);
	pages_expect(ps, first, before);
	pagestate_disown(ps);
	pages_expect(ps, first, after);
	/* Twice is as good as once, and each can be claimed anew. */
	pagestate_disown(ps);
	pages_expect(ps, first, after);
	for (uint64_t page = 0; page < ps->pages; page++) {
		struct page_run run;
		bool inside = page >= first && page < first + strlen(after);
		char letter = inside ? after[page - first] : 'e';

		ck_assert_int_eq(pagestate_claim(ps, page, page + 1, &run),
				 letter == 'e' || letter == 'E' ? 0 : -EALREADY);
	}
}

static void disown_spares(void)
{
	struct pagestate ps;
	int fd = memfd_create("words", MFD_CLOEXEC);
	void *at;

	for (uint64_t first = 0; first < 40; first++) {
		pages_make(&ps, first + strlen(before) + first % 17);
		disown(&ps, first);
		pagestate_fini(&ps);
	}
	ck_assert_int_eq(ftruncate(fd, 4096), 0);
	at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert(at != MAP_FAILED);
	pagestate_borrow(&ps, at, 100);
	disown(&ps, 33);
	pagestate_fini(&ps);
	ck_assert(!is_mapped(at));
	/* Another has the same states. */
	at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	pagestate_borrow(&ps, at, 100);
	ck_assert_uint_eq(pagestate_find_busy(&ps, 0), 0);
	pagestate_disown(&ps);
	pages_expect(&ps, 33, after);
	pagestate_fini(&ps);
	close(fd);
}

TEST_MAIN(disown_spares)
