/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Pages that are put together from layers, in stretches far smaller than a page, of sources that
 * answer at once, later, or say EBUSY in the middle of a page: every byte is right, nothing that
 * has come is asked for again, and the stack does not grow with the number of parts.
 */
#include "later.h"

#define PAGES   8u
#define STRETCH 16u

static struct later base, diff;
static _Atomic uint32_t asked;

static int now(struct later *l, uint64_t offset, uint64_t length)
{
	(void)l;
	(void)offset;
	(void)length;
	return LATER_NOW;
}

static int busy_now_and_then(struct later *l, uint64_t offset, uint64_t length)
{
	(void)l;
	(void)offset;
	(void)length;
	return atomic_fetch_add(&asked, 1) % 50 == 49 ? -EBUSY : LATER_NOW;
}

/* Every second stretch shows the base. */
static int64_t alternates(void *user, uint64_t offset, uint64_t length, int *zero)
{
	uint64_t left = STRETCH - offset % STRETCH;

	(void)user;
	*zero = offset / STRETCH % 2;
	return (int64_t)(left < length ? left : length);
}

static void put_together(int (*of_base)(struct later *l, uint64_t offset, uint64_t length),
			 int (*of_diff)(struct later *l, uint64_t offset, uint64_t length))
{
	struct uffd_source *layers[2], *source;
	struct toucher t;
	struct served s;

	later_make(&base, PAGES * 4096, of_base);
	later_make_mapped(&diff, PAGES * 4096, of_diff, alternates);
	layers[0] = base.source;
	layers[1] = diff.source;
	ck_assert_int_eq(uffd_source_open_layers(&source, layers, 2), 0);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	if (!of_base)
		later_start(&base, false);
	if (!of_diff)
		later_start(&diff, false);
	touch_start(&t, served_page(&s, 3), false, 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert_msg(served_right(&s, k), "page %zu", k);
	serve_settled(&s);
	if (!of_base)
		later_stop(&base);
	if (!of_diff)
		later_stop(&diff);
	ck_assert_uint_eq(base.brought, PAGES * 4096 / 2);
	ck_assert_uint_eq(diff.brought, PAGES * 4096 / 2);
	ck_assert_uint_eq(stats_of(s.ctx).read_bytes, PAGES * 4096);
	ck_assert_uint_eq(stats_of(s.ctx).source_errors, 0);
	serve_end(&s);
	later_free(&diff);
	later_free(&base);
}

static void page_of_many_parts(void)
{
	put_together(now, now);
	put_together(now, NULL);
	put_together(NULL, now);
	put_together(now, busy_now_and_then);
	put_together(busy_now_and_then, NULL);
}

TEST_MAIN(page_of_many_parts)
