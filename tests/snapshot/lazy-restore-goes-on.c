/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Memory is being restored lazily, by faults and by a prefetch, and threads count through it, when
 * a snapshot is taken of it: that is of one instant, and what nobody has written in it is the
 * source's. In every way to install.
 */
#include "lazy.h"
#include "walk.h"

#define PAGES   256u
#define WALKERS 2u

static const uint8_t *content;

static int64_t bring(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	(void)user;
	memcpy(buffer, content + offset, (size_t)length);
	return (int64_t)length;
}

/* The source's, but for the first and last word of each page, which are zeros. */
static void make(struct served *s, const struct way *w)
{
	const struct uffd_source_ops ops = {.size = sizeof(ops), .read = bring};
	struct uffd_source *source;

	ck_assert_int_eq(uffd_source_open(&source, PAGES * 4096, &ops, NULL), 0);
	lazy_make(s, w, PAGES, 0, 0, source, (struct uffd_region_opts){.fault_around = 16384});
	for (size_t k = 0; k < PAGES; k++) {
		memset(s->content + k * 4096, 0, 8);
		memset(s->content + k * 4096 + 4088, 0, 8);
	}
	content = s->content;
	s->loop = serve_start(s->ctx, NULL);
}

static void middles_are_right(const struct served *s, const struct out *o, const char *what)
{
	for (size_t k = 0; k < PAGES; k++)
		if (memcmp(o->image + k * 4096 + 8, s->content + k * 4096 + 8, 4080))
			ck_abort_msg("%s: page %zu is wrong", what, k);
}

static void once(const struct way *way, uint32_t *seed)
{
	static struct walk w[WALKERS];
	struct uffd_snapshot *snapshot;
	struct uffd_prefetch *prefetch;
	struct served s;
	struct out o;

	make(&s, way);
	out_make(&o, s.m.length, false);
	for (size_t i = 0; i < WALKERS; i++) {
		walk_make(&w[i], PAGES + 2);
		walk_add(&w[i], &s, i, WALKERS, 0);
		walk_start(&w[i]);
	}
	walk_dither(seed);
	snapshot = snap_start(s.region, -1, out_opts(&o, 0));
	ck_assert_int_eq(uffd_prefetch_start(&prefetch, s.region, NULL), 0);
	walk_dither(seed);
	ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
	ck_assert_int_eq(snap_end(snapshot), 0);
	middles_are_right(&s, &o, way->name);
	for (size_t i = 0; i < WALKERS; i++)
		walk_is_of_an_instant(&w[i], -1, o.image, way->name);
	uffd_prefetch_close(prefetch);
	for (size_t i = 0; i < WALKERS; i++)
		walk_end(&w[i]);
	out_free(&o);
	serve_end(&s);
}

static void lazy_restore_goes_on(void)
{
	uint64_t until = test_now() + snap_seconds() * UINT64_C(1000000000);
	uint32_t seed = 1;

	do {
		for (size_t i = 0; i < WAYS; i++)
			if (!way_is_huge(&ways[i]))
				once(&ways[i], &seed);
	} while (test_now() < until);
}

TEST_MAIN(lazy_restore_goes_on)
