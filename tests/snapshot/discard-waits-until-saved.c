/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * uffd_discard() of pages that are not saved yet waits until they are: the snapshot has what they
 * held, and afterwards they are zeros. It is served like a writer, out of the buffers that are kept
 * for those; it goes on when the snapshot ends otherwise; and of saved pages it never waits. The
 * thread that dispatches is refused instead.
 */
#include "lazy.h"

#define PAGES 1024u

struct discarder {
	pthread_t thread;
	struct served *s;
	size_t first, pages;
	_Atomic int done;
	int ret;
};

static void *discard(void *arg)
{
	struct discarder *d = arg;

	d->ret = uffd_discard(d->s->region, d->first * 4096, d->pages * 4096);
	if (d->ret == 0)
		d->ret = madvise(served_page(d->s, d->first), d->pages * 4096,
				 d->s->m.fd >= 0 ? MADV_REMOVE : MADV_DONTNEED);
	atomic_store(&d->done, 1);
	return NULL;
}

static void start(struct discarder *d, struct served *s, size_t first, size_t pages)
{
	*d = (struct discarder){.s = s, .first = first, .pages = pages};
	ck_assert_int_eq(pthread_create(&d->thread, NULL, discard, d), 0);
}

static bool waits(struct discarder *d)
{
	snap_idle();
	return !atomic_load(&d->done);
}

static void goes_on(struct discarder *d)
{
	pthread_join(d->thread, NULL);
	ck_assert_int_eq(d->ret, 0);
	ck_assert(all_zero(served_page(d->s, d->first), d->pages * 4096));
}

enum { ANON, SHMEM, LAZY, MEMORIES };

static void make(struct served *s, int memory, uint64_t features)
{
	uint32_t flags = features ? 0 : LIBUFFD_CTX_DISCARDS;

	if (memory != LAZY)
		snap_serve(s, &kinds[memory == SHMEM], PAGES, features, flags);
	else
		snap_serve_lazily(s, LIBUFFD_BACKING_ANON, PAGES, features, flags, LIBUFFD_MISSING,
				  (struct uffd_region_opts){.fault_around = 4096});
	for (size_t k = 0; k < PAGES; k++)
		snap_fill(s, k, (uint8_t)(k % 255 + 1));
	serve_settled(s);
}

static void saved_first(int memory, uint64_t features, bool cancelled)
{
	struct uffd_snapshot *snapshot;
	struct discarder kept, far, saved;
	struct served s;
	struct out o;

	make(&s, memory, features);
	out_make(&o, s.m.length, true);
	snapshot = snap_begin(s.region, -1, out_opts(&o, SNAP_LEAST));
	out_entered(&o);
	snap_idle();
	start(&saved, &s, 0, 10);
	goes_on(&saved);
	start(&kept, &s, PAGES - 1, 1);
	goes_on(&kept);
	/* More than what is left to be had. */
	start(&far, &s, PAGES / 2, PAGES / 4 + 8);
	ck_assert(waits(&far));
	if (cancelled)
		ck_assert_int_eq(uffd_snapshot_cancel(snapshot), 0);
	else
		out_shut(&o, false);
	goes_on(&far);
	out_shut(&o, false);
	ck_assert_int_eq(snap_end(snapshot), cancelled ? -ECANCELED : 0);
	if (!cancelled)
		out_is(&o, &s, "discarded meanwhile");
	out_free(&o);
	serve_end(&s);
}

/* A page of the source that is not there yet, and one that is being brought. */
static void of_the_source(void)
{
	static struct held h;
	struct uffd_snapshot *snapshot;
	struct discarder empty, busy;
	struct toucher t;
	struct served s;
	struct out o;

	lazy_serve_held(&s, &h, PAGES, LIBUFFD_CTX_DISCARDS);
	touch_start(&t, served_page(&s, 7), false, 0);
	WAIT_UNTIL(held_count(&h) == 1);
	out_make(&o, s.m.length, false);
	snapshot = snap_begin(s.region, -1, out_opts(&o, SNAP_LEAST));
	start(&empty, &s, PAGES - 3, 1);
	start(&busy, &s, 7, 1);
	ck_assert(waits(&busy));
	ck_assert(!atomic_load(&empty.done));
	ck_assert_int_eq(lazy_finish(&h, snapshot), 0);
	goes_on(&empty);
	goes_on(&busy);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_int_eq(uffd_snapshot_close(snapshot), 0);
	out_is(&o, &s, "of the source");
	out_free(&o);
	serve_end(&s);
}

static struct uffd_region *asked;
static int refusal[3];

static int asks(struct uffd_region *region, const struct uffd_extent *e, void *user)
{
	const uint8_t *content = user;

	refusal[0] = uffd_discard(asked, 0, 4096);
	refusal[1] = uffd_discard(asked, (PAGES - 1) * 4096, 4096);
	return (int)uffd_copy(region, e->offset, content, e->length, 0);
}

static void by_the_dispatching_thread(void)
{
	struct uffd_snapshot *snapshot;
	struct uffd_region *other;
	struct test_memory m;
	struct served s;
	struct out o;

	make(&s, ANON, 0);
	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	other = snap_region(s.ctx, &m, false, LIBUFFD_MISSING,
			    (struct uffd_region_opts){.fault = asks, .user = s.content});
	asked = s.region;
	out_make(&o, s.m.length, true);
	snapshot = snap_begin(s.region, -1, out_opts(&o, SNAP_LEAST));
	out_entered(&o);
	snap_idle();
	ck_assert_uint_eq(*(volatile uint8_t *)m.at, s.content[0]);
	ck_assert_int_eq(refusal[0], 0);
	ck_assert_int_eq(refusal[1], -EDEADLK);
	out_shut(&o, false);
	ck_assert_int_eq(snap_end(snapshot), 0);
	out_is(&o, &s, "dispatching");
	ck_assert_int_eq(uffd_region_remove(other, LIBUFFD_CLOSE_DROP), 0);
	test_memory_free(&m);
	out_free(&o);
	serve_end(&s);
}

static void discard_waits_until_saved(void)
{
	for (int memory = ANON; memory < MEMORIES; memory++) {
		saved_first(memory, 0, false);
		saved_first(memory, 0, true);
		saved_first(memory, UFFD_FEATURE_EVENT_REMOVE, false);
	}
	of_the_source();
	by_the_dispatching_thread();
}

TEST_MAIN(discard_waits_until_saved)
