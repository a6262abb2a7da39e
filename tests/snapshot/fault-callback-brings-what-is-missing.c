/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Where a fault callback brings content a snapshot asks it, as a fault would: at once, or later by
 * another thread. What it cannot bring at first is asked for again; what it never brings fails the
 * snapshot, and the program goes on. One that does not answer keeps neither a writer nor a cancel
 * waiting.
 */
#include "out.h"

#define PAGES 100u

static struct served s;
static _Atomic int failures; /* so many calls fail */
static _Atomic bool late;    /* extents are kept instead */
static struct {
	pthread_mutex_t lock;
	struct uffd_extent extents[4 * PAGES];
	size_t count;
} kept = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int bring(struct uffd_region *region, const struct uffd_extent *e, void *user)
{
	(void)user;
	if (atomic_load(&failures) && atomic_fetch_sub(&failures, 1) > 0)
		return -EIO;
	if (atomic_load(&late)) {
		pthread_mutex_lock(&kept.lock);
		kept.extents[kept.count++] = *e;
		pthread_mutex_unlock(&kept.lock);
		return 0;
	}
	return (int)uffd_copy(region, e->offset, s.content + e->offset, e->length, 0);
}

static size_t kept_count(void)
{
	size_t n;

	pthread_mutex_lock(&kept.lock);
	n = kept.count;
	pthread_mutex_unlock(&kept.lock);
	return n;
}

static bool complete_one(void)
{
	struct uffd_extent e;
	bool has;

	pthread_mutex_lock(&kept.lock);
	has = kept.count > 0;
	if (has)
		e = kept.extents[--kept.count];
	pthread_mutex_unlock(&kept.lock);
	if (has)
		ck_assert_int_eq(uffd_copy(s.region, e.offset, s.content + e.offset, e.length, 0),
				 0);
	return has;
}

static void prepare(uint32_t on_error)
{
	atomic_store(&failures, 0);
	atomic_store(&late, false);
	snap_serve_lazily(&s, LIBUFFD_BACKING_ANON, PAGES, 0, 0, LIBUFFD_MISSING,
			  (struct uffd_region_opts){.fault = bring,
						    .fault_around = 4096,
						    .on_error = on_error,
						    .max_retries = 3,
						    .retry_ns = 1000});
	for (size_t k = 0; k < PAGES; k += 3)
		ck_assert(served_right(&s, k));
	serve_settled(&s);
}

static void at_once(int fails)
{
	struct out o;

	prepare(LIBUFFD_ON_ERROR_POISON);
	atomic_store(&failures, fails);
	out_make(&o, s.m.length, false);
	ck_assert_int_eq(snap_end(snap_begin(s.region, -1, out_opts(&o, 0))),
			 fails > 3 ? -EHWPOISON : 0);
	if (fails <= 3)
		out_is(&o, &s, "at once");
	atomic_store(&failures, 0);
	*(volatile uint8_t *)served_page(&s, 0) = 1;
	out_free(&o);
	serve_end(&s);
}

static void later(void)
{
	struct uffd_snapshot *snapshot;
	struct timespec soon;
	struct out o;
	int ret;

	prepare(LIBUFFD_ON_ERROR_POISON);
	atomic_store(&late, true);
	out_make(&o, s.m.length, false);
	snapshot = snap_begin(s.region, -1, out_opts(&o, 0));
	do {
		complete_one();
		soon = snap_soon(0);
		ret = uffd_snapshot_wait(snapshot, &soon);
	} while (ret == -ETIMEDOUT);
	ck_assert_int_eq(ret, 0);
	ck_assert_int_eq(uffd_snapshot_close(snapshot), 0);
	out_is(&o, &s, "later");
	out_free(&o);
	serve_end(&s);
}

static void never(void)
{
	struct uffd_snapshot *snapshot;
	struct toucher t;
	struct out o;

	prepare(LIBUFFD_ON_ERROR_POISON);
	atomic_store(&late, true);
	out_make(&o, s.m.length, false);
	snapshot = snap_begin(s.region, -1, out_opts(&o, 0));
	WAIT_UNTIL(kept_count() > 0);
	touch_start(&t, served_page(&s, 3), true, 1);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_int_eq(uffd_snapshot_cancel(snapshot), 0);
	ck_assert_int_eq(snap_end(snapshot), -ECANCELED);
	while (complete_one())
		;
	out_free(&o);
	serve_end(&s);
}

static void fault_callback_brings_what_is_missing(void)
{
	at_once(0);
	at_once(2);
	at_once(1000000);
	later();
	never();
}

TEST_MAIN(fault_callback_brings_what_is_missing)
