/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * While uffd_demand() reads in its own thread, from a source that only reads at once, a prefetch
 * begins nothing; then it goes on.
 */
#include "later.h"

#define PAGES 1024u

static _Atomic bool hold, held;
static _Atomic uint32_t reads;
static struct served s;

static int64_t read_it(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	(void)user;
	atomic_fetch_add(&reads, 1);
	if (offset == (PAGES - 1) * 4096) {
		atomic_store(&held, true);
		while (atomic_load(&hold))
			sched_yield();
	}
	content_write(buffer, offset, length);
	return (int64_t)length;
}

static void *demands(void *arg)
{
	return uffd_demand(s.region, (PAGES - 1) * 4096, 4096, NULL) ? arg : NULL;
}

static int zeros(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	(void)user;
	return (int)uffd_zero(region, extent->offset, extent->length, 0);
}

static void demand_that_reads_by_itself_comes_first(void)
{
	const struct uffd_source_ops ops = {.size = sizeof(ops), .read = read_it};
	struct uffd_prefetch *prefetch;
	struct uffd_source *source;
	void *failed = NULL;
	struct test_memory m;
	pthread_t thread;

	ck_assert_int_eq(uffd_source_open(&source, PAGES * 4096, &ops, NULL), 0);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source});
	uffd_source_close(source);
	test_memory_make(&m, LIBUFFD_BACKING_ANON, 16);
	serve_region(&s, &m, LIBUFFD_MISSING,
		     (struct uffd_region_opts){.fault = zeros, .fault_around = 4096});
	s.loop = serve_start(s.ctx, NULL);
	atomic_store(&hold, true);
	ck_assert_int_eq(pthread_create(&thread, NULL, demands, &s), 0);
	WAIT_UNTIL(atomic_load(&held));
	ck_assert_int_eq(uffd_prefetch_start(&prefetch, s.region, NULL), 0);
	/* Each of these is a turn of the loop. */
	for (size_t k = 0; k < 16; k++) {
		struct toucher t;

		touch_start(&t, (uint8_t *)m.at + k * 4096, false, 0);
		ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
		ck_assert_uint_eq(atomic_load(&reads), 1);
	}
	atomic_store(&hold, false);
	pthread_join(thread, &failed);
	ck_assert_ptr_null(failed);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), 0);
	uffd_prefetch_close(prefetch);
	ck_assert_int_eq(memcmp(s.m.at, s.content, s.m.length), 0);
	serve_end(&s);
	test_memory_free(&m);
}

TEST_MAIN(demand_that_reads_by_itself_comes_first)
