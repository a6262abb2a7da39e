/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A page whose content was on its way at the fork is asked for again for the child, and each gets
 * its own answer, whichever comes first. The source lives until the last of them is done with it.
 */
#include "forked.h"
#include "held.h"

#define PAGES 16u

static struct served s;
static struct forked_queue q;
static struct held held;

static int looks(void *arg)
{
	(void)arg;
	return content_is(s.m.at, 0, s.m.length) ? 0 : 1;
}

static void busy(bool parent_first)
{
	struct uffd_loop_opts opts = forked_loop_opts(&q);
	struct uffd_source *source;
	struct held_read mine, childs;
	struct adopted a;
	struct toucher t;
	struct forked f;

	memset(&q, 0, sizeof(q));
	memset(&held, 0, sizeof(held));
	source = held_open(&held, PAGES * (uint64_t)sysconf(_SC_PAGESIZE));
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_EVENT_FORK, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, &opts);
	touch_start(&t, served_page(&s, 3), false, 0);
	WAIT_UNTIL(held_count(&held) == 1);
	forked_make(&f, looks, NULL);
	adopt_child(&a, forked_next(&q), &q);
	ck_assert(held_take(&held, UINT64_MAX, &mine));
	forked_go(&f);
	WAIT_UNTIL(held_count(&held) == 1);
	ck_assert(held_take(&held, UINT64_MAX, &childs));
	if (parent_first)
		held_answer(&held, &mine);
	held_answer(&held, &childs);
	ck_assert_int_eq(forked_end(&f), 0);
	if (!parent_first)
		held_answer(&held, &mine);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert(content_is(s.m.at, 0, s.m.length));
	serve_end(&s);
	ck_assert_int_eq(atomic_load(&held.freed), 0);
	adopted_end(&a);
	ck_assert_int_eq(atomic_load(&held.freed), 1);
}

static void busy_pages(void)
{
	busy(true);
	busy(false);
}

TEST_MAIN(busy_pages)
