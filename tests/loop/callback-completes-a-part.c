/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A fault callback that returns the bytes it has completed is asked again for the rest only, and
 * when that never comes only the rest is poisoned.
 */
#include "serve.h"

#define PAGES 16u
#define BAD   11u

static struct served s;
static _Atomic int wrong;
static _Atomic uint64_t next;

/* Three pages a call, and nothing from BAD on. */
static int three(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	uint64_t length = extent->length < 3 * s.m.page ? extent->length : 3 * s.m.page;

	(void)user;
	if (extent->offset != atomic_load(&next))
		atomic_fetch_add(&wrong, 1);
	if (extent->offset >= BAD * s.m.page)
		return -EIO;
	if (extent->offset + length > BAD * s.m.page)
		length = BAD * s.m.page - extent->offset;
	if (uffd_copy(region, extent->offset, s.content + extent->offset, length, 0) != 0)
		atomic_fetch_add(&wrong, 1);
	atomic_store(&next, extent->offset + length);
	return (int)length;
}

static void callback_completes_a_part(void)
{
	struct toucher t[PAGES];

	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_POISON, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault = three, .max_retries = 6, .retry_ns = 20000});
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < PAGES; k++)
		touch_start(&t[k], served_page(&s, k), false, 0);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert_int_eq(touch_join(&t[k]), k < BAD ? TOUCH_DONE : TOUCH_SIGBUS);
	for (size_t k = 0; k < BAD; k++)
		ck_assert(served_right(&s, k));
	serve_settled(&s);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	ck_assert_uint_eq(stats_of(s.ctx).pages_poisoned, PAGES - BAD);
	ck_assert_uint_eq(stats_of(s.ctx).pages_copied, BAD);
	serve_end(&s);
}

TEST_MAIN(callback_completes_a_part)
