/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Each error that uffd/prefetch.h documents, and the result untouched. */
#include "../input/input.h"
#include "later.h"

#define PAGES 64u

static int never(struct uffd_region *r, const struct uffd_extent *e, void *user)
{
	(void)r;
	(void)e;
	(void)user;
	return -EIO;
}

static void refuses(struct uffd_region *r, const struct uffd_prefetch_opts *opts, int error)
{
	struct uffd_prefetch *prefetch = NO_HANDLE(struct uffd_prefetch);
	int ret = uffd_prefetch_start(&prefetch, r, opts);

	ck_assert_msg(ret == error, "uffd_prefetch_start: %d, expected %d", ret, error);
	ck_assert_ptr_eq(prefetch, NO_HANDLE(struct uffd_prefetch));
}

static void refuses_range(struct uffd_region *r, uint64_t offset, uint64_t length, int error)
{
	struct uffd_range ranges[2] = {{0, 4096}, {offset, length}};
	struct uffd_prefetch_opts o = {.size = sizeof(o), .ranges = ranges, .range_count = 2};

	refuses(r, &o, error);
}

static void of_start(struct served *s)
{
	struct uffd_range range = {0, 4096};
	struct uffd_prefetch_opts o = {.size = sizeof(o)};
	LONGER(struct uffd_prefetch_opts) longer = {.opts = {.size = sizeof(longer)}};
	struct uffd_workingset *set = NULL;
	struct uffd_prefetch *prefetch;

	EXPECT(uffd_prefetch_start(NULL, s->region, NULL), -EINVAL);
	refuses(NULL, NULL, -EINVAL);
	for (unsigned int bit = 0; bit < 32; bit++) {
		o.flags = UINT32_C(1) << bit;
		refuses(s->region, &o, -EINVAL);
	}
	o.flags = 0;
	o.reserved = 1;
	refuses(s->region, &o, -EINVAL);
	o.reserved = 0;
	o.size = 0;
	refuses(s->region, &o, -EINVAL);
	o.size = sizeof(o) - 8;
	refuses(s->region, &o, -EINVAL);
	o.size = sizeof(o);
	longer.bytes[sizeof(longer) - 1] = 1;
	refuses(s->region, &longer.opts, -E2BIG);
	o.range_count = 1;
	refuses(s->region, &o, -EINVAL);
	o.ranges = &range;
	o.range_count = 0;
	refuses(s->region, &o, -EINVAL);
	o.range_count = 1;
	ck_assert_int_eq(uffd_workingset_record(&set, s->region, NULL), 0);
	o.workingset = set;
	refuses(s->region, &o, -EINVAL);
	uffd_workingset_close(set);
	refuses_range(s->region, 4096, 0, -EINVAL);
	refuses_range(s->region, 1, 4096, -EINVAL);
	refuses_range(s->region, 0, 4095, -EINVAL);
	refuses_range(s->region, 2048, 2048, -EINVAL);
	refuses_range(s->region, PAGES * 4096, 4096, -ERANGE);
	refuses_range(s->region, 0, (PAGES + 1) * 4096, -ERANGE);
	refuses_range(s->region, 4096, PAGES * 4096, -ERANGE);
	refuses_range(s->region, UINT64_MAX - 4095, 8192, -ERANGE);
	refuses_range(s->region, 8192, UINT64_MAX - 4095, -ERANGE);
	/* The longer one is taken where what is not known is zero. */
	longer.bytes[sizeof(longer) - 1] = 0;
	EXPECT(uffd_prefetch_start(&prefetch, s->region, &longer.opts), 0);
	uffd_prefetch_close(prefetch);
}

/* No source, or one whose content the memory would never ask for. */
static void of_regions_without(struct served *s, struct later *l)
{
	struct test_memory m;
	struct uffd_region *r;
	uint8_t byte;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 4);
	r = serve_region(s, &m, LIBUFFD_MISSING, (struct uffd_region_opts){.fault = never});
	refuses(r, NULL, -EOPNOTSUPP);
	EXPECT(uffd_region_remove(r, LIBUFFD_CLOSE_DROP), 0);
	/* The memory has its own content: write-protection alone brings none. */
	memset(m.at, 0x33, 4096);
	r = serve_region(s, &m, LIBUFFD_WP,
			 (struct uffd_region_opts){.source = l->source, .wp_fault = wp_never});
	refuses(r, NULL, -EOPNOTSUPP);
	byte = *(volatile uint8_t *)m.at;
	ck_assert_uint_eq(byte, 0x33);
	byte = ((volatile uint8_t *)m.at)[4096];
	ck_assert_uint_eq(byte, 0);
	EXPECT(uffd_region_remove(r, LIBUFFD_CLOSE_DROP), 0);
	test_memory_free(&m);
}

static void of_the_others(struct served *s, struct later *l)
{
	struct uffd_prefetch_progress p = {.size = sizeof(p)};
	LONGER(struct uffd_prefetch_progress) longer = {.opts = {.size = sizeof(longer)}};
	struct uffd_prefetch *prefetch;

	EXPECT(uffd_prefetch_start(&prefetch, s->region, NULL), 0);
	EXPECT(uffd_prefetch_progress(NULL, &p), -EINVAL);
	EXPECT(uffd_prefetch_progress(prefetch, NULL), -EINVAL);
	p.size = 0;
	EXPECT(uffd_prefetch_progress(prefetch, &p), -EINVAL);
	p.size = 7;
	EXPECT(uffd_prefetch_progress(prefetch, &p), -EINVAL);
	EXPECT(uffd_prefetch_progress(prefetch, &longer.opts), -E2BIG);
	/* A program that knows less of it. */
	memset(&p, 0xee, sizeof(p));
	p.size = 2 * sizeof(uint64_t);
	EXPECT(uffd_prefetch_progress(prefetch, &p), 0);
	ck_assert_uint_eq(p.size, 2 * sizeof(uint64_t));
	ck_assert_uint_eq(p.bytes_total, PAGES * 4096);
	ck_assert_uint_eq(p.bytes_done, UINT64_C(0xeeeeeeeeeeeeeeee));
	EXPECT(uffd_prefetch_wait(NULL, NULL), -EINVAL);
	EXPECT(uffd_prefetch_cancel(NULL), -EINVAL);
	uffd_prefetch_close(NULL);
	EXPECT(uffd_prefetch_cancel(prefetch), 0);
	uffd_prefetch_close(prefetch);
	ck_assert_uint_eq(later_asked(l), 0);
}

static void bad_input(void)
{
	struct later l;
	struct served s;

	later_make(&l, PAGES * 4096, NULL);
	later_serve(&s, &l, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_PAGEFAULT_FLAG_WP,
		    LIBUFFD_MISSING, (struct uffd_region_opts){0});
	of_start(&s);
	of_regions_without(&s, &l);
	of_the_others(&s, &l);
	serve_end(&s);
	later_free(&l);
}

TEST_MAIN(bad_input)
