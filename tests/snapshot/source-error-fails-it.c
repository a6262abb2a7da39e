/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A source that fails, or comes short, or is poisoned memory, fails the snapshot with that error:
 * nobody waits any more, the program goes on, and the next snapshot, when the source is well again,
 * is whole.
 */
#include "lazy.h"

#define PAGES 200u

static _Atomic int64_t error; /* what reads of the second half return */

static int64_t bring(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	(void)user;
	if (atomic_load(&error) && offset >= PAGES / 2 * 4096)
		return atomic_load(&error);
	content_write(buffer, offset, (size_t)length);
	return (int64_t)length;
}

static void make(struct served *s)
{
	const struct uffd_source_ops ops = {.size = sizeof(ops), .read = bring};
	struct uffd_source *source;

	atomic_store(&error, 0);
	ck_assert_int_eq(uffd_source_open(&source, PAGES * 4096, &ops, NULL), 0);
	lazy_make(s, &ways[0], PAGES, 0, 0, source,
		  (struct uffd_region_opts){.fault_around = 4096});
	s->loop = serve_start(s->ctx, NULL);
	for (size_t k = 0; k < PAGES; k += 5)
		ck_assert(served_right(s, k));
	serve_settled(s);
}

static void then_whole(struct served *s)
{
	struct out o;

	for (size_t k = 0; k < PAGES; k += 5)
		*(volatile uint8_t *)served_page(s, k) = s->content[k * 4096];
	out_make(&o, s->m.length, false);
	ck_assert_int_eq(snap_end(snap_begin(s->region, -1, out_opts(&o, 0))), 0);
	out_is(&o, s, "the next");
	out_free(&o);
}

static void by(int64_t answer, int expected)
{
	struct uffd_snapshot *snapshot;
	struct served s;
	struct out o;

	make(&s);
	atomic_store(&error, answer);
	out_make(&o, s.m.length, false);
	snapshot = snap_begin(s.region, -1, out_opts(&o, 0));
	ck_assert_int_eq(snap_wait(snapshot), expected);
	ck_assert_int_eq(snap_progress(snapshot).error, expected);
	ck_assert_uint_eq(snap_progress(snapshot).state, LIBUFFD_SNAPSHOT_FAILED);
	ck_assert_int_eq(uffd_snapshot_cancel(snapshot), 0);
	ck_assert_int_eq(snap_end(snapshot), expected);
	out_free(&o);
	atomic_store(&error, 0);
	then_whole(&s);
	serve_end(&s);
}

static void by_poison(void)
{
	struct uffd_extent e;
	struct served s;
	struct out o;

	make(&s);
	ck_assert_int_eq(uffd_claim(s.region, 33 * 4096, 4096, &e), 0);
	ck_assert_int_eq(uffd_poison(s.region, 33 * 4096, 4096), 0);
	out_make(&o, s.m.length, false);
	ck_assert_int_eq(snap_end(snap_begin(s.region, -1, out_opts(&o, 0))), -EHWPOISON);
	for (size_t k = 0; k < PAGES; k++)
		if (k != 33)
			ck_assert(served_right(&s, k));
	out_free(&o);
	serve_end(&s);
}

static void source_error_fails_it(void)
{
	by(-EIO, -EIO);
	by(-ETIMEDOUT, -ETIMEDOUT);
	by(-EAGAIN, -EAGAIN);
	by(INT64_MIN, -EIO);
	by(100, -EIO);
	by_poison();
}

TEST_MAIN(source_error_fails_it)
