/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Every error of an argument that uffd/dirty.h names, with nothing changed by it. */
#include "../input/input.h"
#include "tracked.h"

#define PAGES 8u

static void start_arguments(struct uffd_region *r)
{
	LONGER(struct uffd_dirty_opts) longer;
	struct uffd_dirty_opts opts = {.size = sizeof(opts)};
	struct uffd_dirty *d = NO_HANDLE(struct uffd_dirty);

	EXPECT(uffd_dirty_start(NULL, r, NULL), -EINVAL);
	EXPECT(uffd_dirty_start(&d, NULL, NULL), -EINVAL);
	opts.method = LIBUFFD_DIRTY_SYNC + 1;
	EXPECT(uffd_dirty_start(&d, r, &opts), -EINVAL);
	opts.method = UINT32_MAX;
	EXPECT(uffd_dirty_start(&d, r, &opts), -EINVAL);
	opts.method = LIBUFFD_DIRTY_AUTO;
	opts.reserved = 1;
	EXPECT(uffd_dirty_start(&d, r, &opts), -EINVAL);
	opts.reserved = 0;
	opts.size = 0;
	EXPECT(uffd_dirty_start(&d, r, &opts), -EINVAL);
	opts.size = sizeof(opts) - 1;
	EXPECT(uffd_dirty_start(&d, r, &opts), -EINVAL);
	memset(&longer, 0, sizeof(longer));
	longer.opts.size = sizeof(longer);
	longer.bytes[sizeof(longer) - 1] = 1;
	EXPECT(uffd_dirty_start(&d, r, &longer.opts), -E2BIG);
	ck_assert_ptr_eq(d, NO_HANDLE(struct uffd_dirty));
	/* A tail of zeros is a later version's, not used. */
	longer.bytes[sizeof(longer) - 1] = 0;
	EXPECT(uffd_dirty_start(&d, r, &longer.opts), 0);
	EXPECT(uffd_dirty_stop(d), 0);
}

static void refuses_collect(struct uffd_dirty *d, uint64_t offset, uint64_t count, int error)
{
	struct uffd_range range = {77, 78};
	uint64_t at = offset;

	EXPECT(uffd_dirty_collect(d, &at, &range, count), error);
	ck_assert_uint_eq(at, offset);
	ck_assert(range.offset == 77 && range.length == 78);
}

static void collect_arguments(struct tracked *t)
{
	struct uffd_range range = {77, 78};
	uint64_t size = t->s.m.page, end = t->s.m.length, at = 0;

	refuses_collect(NULL, 0, 1, -EINVAL);
	refuses_collect(t->dirty, 0, 0, -EINVAL);
	refuses_collect(t->dirty, 1, 1, -EINVAL);
	refuses_collect(t->dirty, size - 1, 1, -EINVAL);
	refuses_collect(t->dirty, size / 2, 1, -EINVAL);
	refuses_collect(t->dirty, end - 1, 1, -EINVAL);
	refuses_collect(t->dirty, end + size, 1, -ERANGE);
	refuses_collect(t->dirty, UINT64_MAX - size + 1, 1, -ERANGE);
	EXPECT(uffd_dirty_collect(t->dirty, NULL, &range, 1), -EINVAL);
	EXPECT(uffd_dirty_collect(t->dirty, &at, NULL, 1), -EINVAL);
	ck_assert_uint_eq(at, 0);
	at = end;
	EXPECT(uffd_dirty_collect(t->dirty, &at, &range, UINT64_MAX), 0);
	ck_assert_uint_eq(at, end);
}

static void mark_arguments(struct tracked *t)
{
	uint64_t size = t->s.m.page, end = t->s.m.length;

	EXPECT(uffd_dirty_mark(NULL, 0, size), -EINVAL);
	EXPECT(uffd_dirty_mark(t->dirty, 0, 0), -EINVAL);
	EXPECT(uffd_dirty_mark(t->dirty, 1, size), -EINVAL);
	EXPECT(uffd_dirty_mark(t->dirty, 0, size + 1), -EINVAL);
	EXPECT(uffd_dirty_mark(t->dirty, end, size), -ERANGE);
	EXPECT(uffd_dirty_mark(t->dirty, 0, end + size), -ERANGE);
	EXPECT(uffd_dirty_mark(t->dirty, end - size, 2 * size), -ERANGE);
	EXPECT(uffd_dirty_mark(t->dirty, size, UINT64_MAX - size + 1), -ERANGE);
}

static void refused(uint32_t method, const struct track_kind *kind)
{
	struct tracked t;

	track_serve(&t, method, kind, PAGES, 0, 0, (struct uffd_region_opts){0});
	start_arguments(t.s.region);
	track_start(&t);
	track_write(&t, 1);
	collect_arguments(&t);
	mark_arguments(&t);
	EXPECT(uffd_dirty_method(NULL), -EINVAL);
	EXPECT(uffd_dirty_stop(NULL), -EINVAL);
	EXPECT_DIRTY(&t, "1");
	track_end(&t);
}

static void refuses_bad_arguments(void)
{
	track_each(refused, PAGES);
}

TEST_MAIN(refuses_bad_arguments)
