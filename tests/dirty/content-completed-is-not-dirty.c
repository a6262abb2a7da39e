/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Content that the program completes a claim with, by any means, is not dirty and is protected:
 * the first write after it is seen. uffd_move() copies meanwhile.
 */
#include "tracked.h"

#define PAGES 6u

enum means { BY_COPY, BY_ZERO, BY_CONTINUE, BY_POPULATE, BY_MOVE, MEANS };
static const char *const names[MEANS] = {"copy", "zero", "continue", "populate", "move"};

/* Into the page cache, not through the mapping. */
static void put_in_file(const struct tracked *t, size_t page)
{
	uint8_t *alias = test_memory_alias(&t->s.m);

	memcpy(alias + page * t->s.m.page, t->s.content + page * t->s.m.page, t->s.m.page);
	munmap(alias, t->s.m.length);
}

/* Completes page k. False: this memory has no such means. */
static bool complete(const struct tracked *t, enum means how, size_t k, uint32_t modes)
{
	uint64_t size = t->s.m.page, at = k * size;
	struct uffd_extent extent;
	struct uffd_region *r = t->s.region;
	uint8_t *src;

	if ((how == BY_CONTINUE || how == BY_POPULATE) && !(modes & LIBUFFD_MINOR))
		return false;
	if (how == BY_MOVE && uffd_region_backing(r) != LIBUFFD_BACKING_ANON)
		return false;
	ck_assert_int_eq(uffd_claim(r, at, size, &extent), 0);
	switch (how) {
	case BY_COPY:
		ck_assert_int_eq(uffd_copy(r, at, t->s.content + at, size, 0), 0);
		break;
	case BY_ZERO:
		ck_assert_int_eq(uffd_zero(r, at, size, 0), 0);
		memset(t->s.content + at, 0, size);
		break;
	case BY_CONTINUE:
		put_in_file(t, k);
		ck_assert_int_eq(uffd_continue(r, at, size, 0), 0);
		break;
	case BY_POPULATE:
		ck_assert_int_eq(uffd_populate(r, at, t->s.content + at, size, 0), 0);
		break;
	default:
		src = content_make(t->s.m.length);
		ck_assert_int_eq(uffd_move(r, at, src + at, size, 0), 0);
		ck_assert(content_is(src + at, at, size));
		munmap(src, t->s.m.length);
	}
	return true;
}

static void completed(uint32_t method, const struct track_kind *kind)
{
	struct tracked t;
	char wanted[8];

	if (!(kind->modes & LIBUFFD_MISSING))
		return;
	track_serve(&t, method, kind, PAGES, 0, 0, (struct uffd_region_opts){0});
	track_start(&t);
	for (enum means how = 0; how < MEANS; how++) {
		size_t k = how;

		if (how == BY_MOVE && !(t.s.ctx && uffd_ctx_features(t.s.ctx) & UFFD_FEATURE_MOVE))
			continue;
		snprintf(t.name, sizeof(t.name), "%s, %s, %s", track_method_name(method),
			 kind->name, names[how]);
		if (!complete(&t, how, k, kind->modes))
			continue;
		EXPECT_DIRTY(&t, "");
		ck_assert_msg(served_right(&t.s, k), "%s: wrong bytes", t.name);
		EXPECT_DIRTY(&t, "");
		track_write(&t, k);
		snprintf(wanted, sizeof(wanted), "%zu", k);
		EXPECT_DIRTY(&t, wanted);
		EXPECT_DIRTY(&t, "");
	}
	ck_assert_uint_eq(stats_of(t.s.ctx).pages_moved, 0);
	track_end(&t);
}

static void content_completed_is_not_dirty(void)
{
	track_each(completed, PAGES);
}

TEST_MAIN(content_completed_is_not_dirty)
