/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A child sees what its parent was at the fork: content that had come, content that had not, what
 * was written and what was thrown away; whatever the parent has done with its memory since.
 */
#include "forked.h"

#define PAGES 64u

static struct served s;
static struct forked_queue q;
static uint8_t *there; /* where the child has it: the parent may have moved it */

/*
 * At the fork: 0-3 filled, 4-7 filled and overwritten, 8-11 filled and thrown away, 12-15 thrown
 * away before they came; the rest never came.
 */
static int looks(void *arg)
{
	(void)arg;
	for (size_t p = PAGES; p-- > 0;) {
		const uint8_t *at = there + p * s.m.page;
		bool right;

		if (p >= 8 && p < 16)
			right = all_zero(at, s.m.page);
		else if (p >= 4 && p < 8)
			right = at[0] == 0x42 && content_is(at + 1, p * s.m.page + 1, s.m.page - 1);
		else
			right = content_is(at, p * s.m.page, s.m.page);
		if (!right)
			return (int)p + 1;
	}
	return 0;
}

static void before_the_fork(uint64_t features)
{
	struct uffd_loop_opts opts = forked_loop_opts(&q);

	memset(&q, 0, sizeof(q));
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_EVENT_FORK | features, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault_around = 4096});
	s.loop = serve_start(s.ctx, &opts);
	there = s.m.at;
	ck_assert_int_eq(uffd_demand(s.region, 0, 12 * s.m.page, NULL), 0);
	for (size_t p = 4; p < 8; p++)
		served_page(&s, p)[0] = 0x42;
	ck_assert_int_eq(madvise(served_page(&s, 8), 8 * s.m.page, MADV_DONTNEED), 0);
}

static void nothing(void)
{
}

static void fills(void)
{
	ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	memset(s.m.at, 0x77, s.m.length);
}

static void discards(void)
{
	ck_assert_int_eq(madvise(s.m.at, s.m.length, MADV_DONTNEED), 0);
	for (size_t p = 0; p < PAGES; p++)
		ck_assert(all_zero(served_page(&s, p), s.m.page));
}

static void unmaps(void)
{
	ck_assert_int_eq(munmap(served_page(&s, 2), 40 * s.m.page), 0);
}

static void moves(void)
{
	void *to = mmap(NULL, s.m.length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_eq(mremap(s.m.at, s.m.length, s.m.length, MREMAP_MAYMOVE | MREMAP_FIXED, to),
			 to);
	s.m.at = to;
}

static void removes(void)
{
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_DROP), 0);
}

static void closes(void)
{
	ck_assert_int_eq(uffd_loop_close(s.loop), 0);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_DROP), 0);
	s.ctx = NULL;
}

static void end_parent(void)
{
	if (s.ctx) {
		ck_assert_int_eq(uffd_loop_close(s.loop), 0);
		ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_DROP), 0);
	}
	munmap(s.content, s.m.length);
	munmap(s.m.at, s.m.length);
	ck_assert_int_eq(atomic_load(&s.error), 0);
}

/* after: what the parent does, before the child is adopted or after. */
static void forked_and_then(void (*after)(void), bool adopted_first)
{
	struct uffd_child *child;
	struct adopted a;
	struct forked f;
	int answer;

	before_the_fork(UFFD_FEATURE_EVENT_REMOVE | UFFD_FEATURE_EVENT_UNMAP |
			UFFD_FEATURE_EVENT_REMAP);
	forked_make(&f, looks, NULL);
	if (!adopted_first)
		after();
	child = forked_next(&q);
	ck_assert_int_ge(uffd_child_fd(child), 0);
	adopt_child(&a, child, &q);
	if (adopted_first)
		after();
	forked_go(&f);
	answer = forked_end(&f);
	ck_assert_msg(answer == 0, "page %d of the child is wrong", answer - 1);
	adopted_end(&a);
	end_parent();
}

static void child_is_what_the_parent_was(void)
{
	void (*const all[])(void) = {nothing, fills, discards, unmaps, moves, removes, closes};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		forked_and_then(all[i], false);
		forked_and_then(all[i], true);
	}
	ck_assert_int_eq(uffd_child_fd(NULL), -EINVAL);
	uffd_child_drop(NULL);
}

TEST_MAIN(child_is_what_the_parent_was)
