/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Where all buffers together are smaller than one huge page, pages come one at a time: several
 * threads that fault, a demand and a prefetch each get theirs, all right, and no more than one page
 * is ever held.
 */
#include "ways.h"

#define PAGES 6u
#define LEAST (UINT64_C(1) << 20)

static _Atomic unsigned int reading, most;

static int64_t counted_read(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	unsigned int n = atomic_fetch_add(&reading, 1) + 1, old = atomic_load(&most);

	(void)user;
	while (n > old && !atomic_compare_exchange_weak(&most, &old, n))
		;
	content_write(buffer, offset, length);
	atomic_fetch_sub(&reading, 1);
	return (int64_t)length;
}

static void brought(uint32_t backing, uint32_t modes, uint64_t bytes)
{
	const struct uffd_source_ops ops = {.size = sizeof(ops), .read = counted_read};
	struct uffd_ctx_opts opts = {.size = sizeof(opts), .buffer_bytes = bytes};
	struct uffd_source *source;
	struct uffd_prefetch *f;
	struct toucher t[2];
	struct served s = {0};

	test_memory_make(&s.m, backing, PAGES);
	s.content = content_make(s.m.length);
	uffd_ctx_close(serve_ctx(0), LIBUFFD_CLOSE_DROP); /* skips where there is none */
	ck_assert_int_eq(uffd_ctx_open(&s.ctx, &opts), 0);
	ck_assert_int_eq(uffd_source_open(&source, s.m.length, &ops, NULL), 0);
	s.region = serve_region(
		&s, &s.m, modes,
		(struct uffd_region_opts){.source = source, .install = LIBUFFD_INSTALL_COPY});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	atomic_store(&most, 0);
	ck_assert_int_eq(uffd_prefetch_start(&f, s.region, NULL), 0);
	touch_start(&t[0], served_page(&s, 5) + 1, false, 0);
	touch_start(&t[1], served_page(&s, 4) + 2, false, 0);
	ck_assert_int_eq(uffd_demand(s.region, 2 * WAYS_HUGE, 2 * WAYS_HUGE, NULL), 0);
	ck_assert_int_eq(touch_join(&t[0]), TOUCH_DONE);
	ck_assert_int_eq(touch_join(&t[1]), TOUCH_DONE);
	ck_assert_uint_eq(t[0].value, content_byte(5 * WAYS_HUGE + 1));
	ck_assert_uint_eq(t[1].value, content_byte(4 * WAYS_HUGE + 2));
	ck_assert_int_eq(uffd_prefetch_wait(f, NULL), 0);
	uffd_prefetch_close(f);
	way_right(&s, s.content, "huge pages");
	if (bytes < WAYS_HUGE)
		ck_assert_uint_eq(atomic_load(&most), 1);
	ck_assert_uint_le(stats_of(s.ctx).buffer_peak, bytes < WAYS_HUGE ? WAYS_HUGE : bytes);
	serve_end(&s);
}

static void page_larger_than_the_buffers(void)
{
	brought(LIBUFFD_BACKING_HUGETLB_PRIVATE, LIBUFFD_MISSING, LEAST);
	brought(LIBUFFD_BACKING_HUGETLB, WAY_BOTH, LEAST);
	/* Room for just one, and for one and a half. */
	brought(LIBUFFD_BACKING_HUGETLB_PRIVATE, LIBUFFD_MISSING, 2 * LEAST);
	brought(LIBUFFD_BACKING_HUGETLB_PRIVATE, LIBUFFD_MISSING, 3 * LEAST);
}

TEST_MAIN(page_larger_than_the_buffers)
