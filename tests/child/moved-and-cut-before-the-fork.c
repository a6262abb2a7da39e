/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What mremap() has moved and munmap() has cut out of a region before the fork, the child has there
 * and not: many pieces of one region, and one that is gone as a whole.
 */
#include "forked.h"

#define PAGES  64u
#define PIECES 20u /* more than a region has room for in itself */

static struct served s;
static struct forked_queue q;
static uint8_t *where[PAGES]; /* NULL: unmapped */

static int looks(void *arg)
{
	(void)arg;
	for (size_t p = 0; p < PAGES; p++)
		if (where[p] && !content_is(where[p], p * s.m.page, s.m.page))
			return (int)p + 1;
	return 0;
}

static void move(size_t page)
{
	void *to = mmap(NULL, s.m.page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_eq(mremap(where[page], s.m.page, s.m.page, MREMAP_MAYMOVE | MREMAP_FIXED, to),
			 to);
	where[page] = to;
}

static void cut(size_t page)
{
	ck_assert_int_eq(munmap(where[page], s.m.page), 0);
	where[page] = NULL;
}

static void moved_and_cut(void)
{
	struct uffd_loop_opts opts = forked_loop_opts(&q);
	struct uffd_region_opts gone_opts = {.fault_around = 4096};
	struct test_memory gone;
	struct adopted a;
	struct forked f;
	int answer;

	serve(&s, LIBUFFD_BACKING_ANON, PAGES,
	      UFFD_FEATURE_EVENT_FORK | UFFD_FEATURE_EVENT_REMAP | UFFD_FEATURE_EVENT_UNMAP,
	      LIBUFFD_MISSING, gone_opts);
	test_memory_make(&gone, LIBUFFD_BACKING_ANON, 4);
	serve_region(&s, &gone, LIBUFFD_MISSING, gone_opts);
	s.loop = serve_start(s.ctx, &opts);
	test_memory_free(&gone);
	for (size_t p = 0; p < PAGES; p++)
		where[p] = served_page(&s, p);
	for (size_t p = 0; p < PIECES; p++) {
		/* Some are filled before they go elsewhere. */
		if (p % 2)
			ck_assert(content_is(where[3 * p], 3 * p * s.m.page, s.m.page));
		move(3 * p);
		if (p % 4 == 0)
			cut(3 * p + 1);
	}
	cut(0);
	forked_make(&f, looks, NULL);
	adopt_child(&a, forked_next(&q), &q);
	forked_go(&f);
	answer = forked_end(&f);
	ck_assert_msg(answer == 0, "page %d of the child is wrong", answer - 1);
	for (size_t p = 0; p < PAGES; p++)
		ck_assert(!where[p] || content_is(where[p], p * s.m.page, s.m.page));
	adopted_end(&a);
	ck_assert_int_eq(uffd_loop_close(s.loop), 0);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_DROP), 0);
	for (size_t p = 0; p < PAGES; p++)
		if (where[p])
			munmap(where[p], s.m.page);
	munmap(s.content, s.m.length);
	ck_assert_int_eq(atomic_load(&s.error), 0);
}

TEST_MAIN(moved_and_cut)
