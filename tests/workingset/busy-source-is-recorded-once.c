/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What a source is too busy to bring at once, or fails to bring and then brings, was asked for
 * once: it has one entry, and its latency is the time until it was there.
 */
#include "wsets.h"

#define PAGES 64u

static _Atomic int busy;
static _Atomic int failing;

static int submit(void *user, struct uffd_read *read, void *buffer, uint64_t length,
		  uint64_t offset)
{
	(void)user;
	if (atomic_load(&busy) > 0) {
		atomic_fetch_sub(&busy, 1);
		return -EBUSY;
	}
	if (atomic_load(&failing) > 0) {
		atomic_fetch_sub(&failing, 1);
		uffd_read_done(read, -EIO);
		return 0;
	}
	content_write(buffer, offset, length);
	uffd_read_done(read, (int64_t)length);
	return 0;
}

static void once(uint64_t i, const struct uffd_workingset *set, uint64_t page, uint64_t pages,
		 const char *what)
{
	struct uffd_workingset_entry e;

	ck_assert_msg(info_of(set).entries == i + 1, "%s: %llu entries, not %llu", what,
		      (unsigned long long)info_of(set).entries, (unsigned long long)i + 1);
	e = entry_of(set, i);
	ck_assert_uint_eq(e.offset, page * 4096);
	ck_assert_uint_eq(e.length, pages * 4096);
}

static void there(const struct uffd_workingset *set, const char *what)
{
	uint64_t until = test_now() + 2000000000, last = info_of(set).entries - 1;

	while (!entry_of(set, last).latency_ns && test_now() < until)
		sched_yield();
	ck_assert_msg(entry_of(set, last).latency_ns, "%s: no latency", what);
}

static void busy_source_is_recorded_once(void)
{
	const struct uffd_source_ops ops = {.size = sizeof(ops), .submit = submit};
	struct uffd_workingset *set;
	struct uffd_source *source;
	struct served s;

	ck_assert_int_eq(uffd_source_open(&source, PAGES * 4096, &ops, NULL), 0);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source, .retry_ns = 20000});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	set = record(&s, 0);
	ck_assert(served_right(&s, 7));
	once(0, set, 7, 1, "a fault");
	there(set, "a fault");
	atomic_store(&failing, 2);
	ck_assert(served_right(&s, 9));
	once(1, set, 9, 1, "a fault that failed twice");
	there(set, "a fault that failed twice");
	atomic_store(&busy, 3);
	ck_assert(served_right(&s, 8));
	once(2, set, 8, 1, "a fault while busy");
	there(set, "a fault while busy");
	atomic_store(&busy, 3);
	ck_assert_int_eq(uffd_demand(s.region, 20 * 4096, 4 * 4096, NULL), 0);
	once(3, set, 20, 4, "a demand while busy");
	there(set, "a demand while busy");
	uffd_workingset_close(set);
	serve_end(&s);
}

TEST_MAIN(busy_source_is_recorded_once)
