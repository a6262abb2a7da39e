/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A shared page that was written since start, and whose mapping was dropped, is mapped again just
 * as the instant comes: it is protected then, and who writes to it waits until it is saved. A
 * collect that comes just then does not lose the next write either.
 */
#include "out.h"

#include <uffd/raw.h>

#define PAGES 1024u
#define PAGE  (PAGES - 5)

int64_t __wrap_uffd_raw_continue(int fd, uint64_t address, uint64_t length, uint64_t mode);
int64_t __real_uffd_raw_continue(int fd, uint64_t address, uint64_t length, uint64_t mode);

static _Atomic bool watching, mapping, instant_over;

/* The instant, if it can come now, comes before the page is mapped. */
int64_t __wrap_uffd_raw_continue(int fd, uint64_t address, uint64_t length, uint64_t mode)
{
	uint64_t until = test_now() + 300000000;

	if (atomic_exchange(&watching, false)) {
		atomic_store(&mapping, true);
		while (!atomic_load(&instant_over) && test_now() < until)
			sched_yield();
	}
	return __real_uffd_raw_continue(fd, address, length, mode);
}

static void prepare(struct served *s)
{
	snap_serve_lazily(s, LIBUFFD_BACKING_SHMEM, PAGES, 0, 0, LIBUFFD_MISSING | LIBUFFD_MINOR,
			  (struct uffd_region_opts){0});
	for (size_t n = 0; n < PAGES; n++)
		ck_assert(served_right(s, n));
	serve_settled(s);
	atomic_store(&mapping, false);
	atomic_store(&instant_over, false);
}

/* Written, so that it is not protected, and dropped from the page table. Then somebody reads it. */
static void drop_and_read(struct served *s, struct toucher *reader)
{
	snap_fill(s, PAGE, 0x77);
	ck_assert_int_eq(madvise(served_page(s, PAGE), 4096, MADV_DONTNEED), 0);
	atomic_store(&watching, true);
	touch_start(reader, served_page(s, PAGE), false, 0);
	WAIT_UNTIL(atomic_load(&mapping));
}

static void by_a_snapshot(void)
{
	struct toucher reader, writer;
	struct uffd_snapshot *snapshot;
	struct served s;
	struct out o;

	prepare(&s);
	out_make(&o, s.m.length, true);
	snapshot = snap_start(s.region, -1, out_opts(&o, SNAP_LEAST));
	drop_and_read(&s, &reader);
	ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
	atomic_store(&instant_over, true);
	ck_assert_int_eq(touch_join(&reader), TOUCH_DONE);
	ck_assert_uint_eq(reader.value, 0x77);
	touch_start(&writer, served_page(&s, PAGE), true, 0x99);
	touch_waits(&writer);
	out_shut(&o, false);
	ck_assert_int_eq(touch_join(&writer), TOUCH_DONE);
	ck_assert_int_eq(snap_end(snapshot), 0);
	out_is(&o, &s, "mapped again");
	out_free(&o);
	serve_end(&s);
}

static void by_a_collect(void)
{
	struct uffd_range ranges[PAGES];
	struct uffd_dirty *dirty;
	struct toucher reader;
	uint64_t offset = 0;
	struct served s;

	prepare(&s);
	ck_assert_int_eq(uffd_dirty_start(&dirty, s.region, NULL), 0);
	drop_and_read(&s, &reader);
	ck_assert_int_eq(uffd_dirty_collect(dirty, &offset, ranges, PAGES), 1);
	ck_assert_uint_eq(ranges[0].offset, PAGE * 4096);
	atomic_store(&instant_over, true);
	ck_assert_int_eq(touch_join(&reader), TOUCH_DONE);
	*(volatile uint8_t *)served_page(&s, PAGE) = 0x99;
	offset = 0;
	ck_assert_int_eq(uffd_dirty_collect(dirty, &offset, ranges, PAGES), 1);
	ck_assert_uint_eq(ranges[0].offset, PAGE * 4096);
	ck_assert_int_eq(uffd_dirty_stop(dirty), 0);
	serve_end(&s);
}

static void mapped_again_while_it_arms(void)
{
	by_a_snapshot();
	by_a_collect();
}

TEST_MAIN(mapped_again_while_it_arms)
