/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A prefetch's read has come in part, and for the rest the source says EBUSY for ever: the region
 * is removed all the same, and the prefetch is cancelled and has not failed.
 */
#include "later.h"

#define PAGES 16u

static struct later base, diff;

static int now(struct later *l, uint64_t offset, uint64_t length)
{
	(void)l;
	(void)offset;
	(void)length;
	return LATER_NOW;
}

static int busy(struct later *l, uint64_t offset, uint64_t length)
{
	(void)l;
	(void)offset;
	(void)length;
	return -EBUSY;
}

/* It has the second half of every page. */
static int64_t second_half(void *user, uint64_t offset, uint64_t length, int *zero)
{
	uint64_t left = 2048 - offset % 2048;

	(void)user;
	*zero = offset / 2048 % 2 == 0;
	return (int64_t)(left < length ? left : length);
}

static void ends(uint32_t how)
{
	struct uffd_prefetch_progress p = {.size = sizeof(p)};
	struct uffd_source *layers[2], *source;
	struct uffd_prefetch *prefetch;
	struct served s;

	later_make(&base, PAGES * 4096, now);
	later_make_mapped(&diff, PAGES * 4096, busy, second_half);
	layers[0] = base.source;
	layers[1] = diff.source;
	ck_assert_int_eq(uffd_source_open_layers(&source, layers, 2), 0);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_POISON, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(uffd_prefetch_start(&prefetch, s.region, NULL), 0);
	WAIT_UNTIL(later_refused(&diff) >= 5);
	ck_assert_uint_ge(base.brought, 2048);
	ck_assert_int_eq(uffd_region_remove(s.region, how), 0);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), -ECANCELED);
	ck_assert_int_eq(uffd_prefetch_progress(prefetch, &p), 0);
	ck_assert_uint_eq(p.state, LIBUFFD_PREFETCH_CANCELLED);
	ck_assert_int_eq(p.error, 0);
	ck_assert_uint_eq(p.bytes_in_flight, 0);
	ck_assert_uint_eq(p.bytes_brought, 0);
	uffd_prefetch_close(prefetch);
	if (how == LIBUFFD_CLOSE_DROP)
		ck_assert(all_zero(s.m.at, s.m.length));
	serve_end(&s);
	later_free(&diff);
	later_free(&base);
}

static void parked_read_ends_with_its_region(void)
{
	ends(LIBUFFD_CLOSE_DROP);
	ends(LIBUFFD_CLOSE_POISON);
}

TEST_MAIN(parked_read_ends_with_its_region)
