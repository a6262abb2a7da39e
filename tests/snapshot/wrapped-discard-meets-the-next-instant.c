/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A discard has waited until a snapshot had saved its pages, and before it goes on the next one has
 * its instant: it waits for that too, which has the pages as they were.
 */
#include "out.h"

#define PAGES 600u

int __wrap_pthread_rwlock_wrlock(pthread_rwlock_t *lock);
int __real_pthread_rwlock_wrlock(pthread_rwlock_t *lock);

static __thread unsigned int locked; /* by the thread that discards */
static _Atomic bool watching, reached, armed;

int __wrap_pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
	uint64_t until = test_now() + 5000000000;

	/* First it looks; then it has waited, and looks again. */
	if (atomic_load(&watching) && locked && locked++ == 2) {
		atomic_store(&reached, true);
		while (!atomic_load(&armed) && test_now() < until)
			sched_yield();
	}
	return __real_pthread_rwlock_wrlock(lock);
}

static int said = 1;

static void *discard(void *arg)
{
	struct served *s = arg;

	locked = 1;
	said = uffd_discard(s->region, (PAGES - 1) * 4096, 4096);
	if (said == 0)
		said = madvise(served_page(s, PAGES - 1), 4096, MADV_DONTNEED);
	return NULL;
}

static void discard_meets_the_next_instant(void)
{
	struct uffd_snapshot *first, *second;
	static struct toucher last;
	pthread_t discarder;
	struct served s;
	struct out o[2];

	snap_serve(&s, &kinds[0], PAGES, 0, LIBUFFD_CTX_DISCARDS);
	for (size_t n = 0; n < PAGES; n++)
		snap_fill(&s, n, (uint8_t)(n % 255 + 1));
	out_make(&o[0], s.m.length, true);
	out_make(&o[1], s.m.length, true);
	first = snap_begin(s.region, -1, out_opts(&o[0], SNAP_LEAST));
	out_entered(&o[0]);
	/* No buffer is left for the page. */
	for (size_t n = PAGES - 2 * SNAP_WINDOW;; n -= SNAP_WINDOW) {
		touch_start(&last, served_page(&s, n), true, s.content[n * 4096]);
		if (touch_waits(&last))
			break;
		touch_join(&last);
	}
	atomic_store(&watching, true);
	ck_assert_int_eq(pthread_create(&discarder, NULL, discard, &s), 0);
	snap_idle();
	out_shut(&o[0], false);
	ck_assert_int_eq(snap_end(first), 0);
	touch_join(&last);
	WAIT_UNTIL(atomic_load(&reached));
	second = snap_begin(s.region, -1, out_opts(&o[1], SNAP_LEAST));
	atomic_store(&armed, true);
	out_entered(&o[1]);
	out_shut(&o[1], false);
	ck_assert_int_eq(snap_end(second), 0);
	pthread_join(discarder, NULL);
	ck_assert_int_eq(said, 0);
	ck_assert(all_zero(served_page(&s, PAGES - 1), 4096));
	for (int i = 0; i < 2; i++) {
		out_is(&o[i], &s, i ? "the second" : "the first");
		out_free(&o[i]);
	}
	serve_end(&s);
}

TEST_MAIN(discard_meets_the_next_instant)
