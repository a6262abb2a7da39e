/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A thread throws pages away, as announced, just as an incremental snapshot of two regions has its
 * instant: all of that is after the instant or before it, and nothing is lost.
 */
#include "out.h"
#include "tracked.h"

#include "memory/region.h"

#define PAGES 16u
#define CLEAN 3u
#define DIRTY 5u

uint64_t __wrap_bits_add(uint64_t *to, const uint64_t *from, uint64_t first, uint64_t end);
uint64_t __real_bits_add(uint64_t *to, const uint64_t *from, uint64_t first, uint64_t end);
void __wrap_wp_thrown_away(struct uffd_region *r, uint64_t first, uint64_t end);
void __real_wp_thrown_away(struct uffd_region *r, uint64_t first, uint64_t end);

static struct served s;
static struct uffd_region *second;
static _Atomic bool watching, go, looked, over, armed, waits_for_arm;

/* Until the other thread has come as far as it can. */
static void let_it_run(void)
{
	uint64_t until = test_now() + 5000000000;

	atomic_store(&go, true);
	for (int looks = 0; looks < 20 && !atomic_load(&over) && !atomic_load(&looked); looks++) {
		while (!snap_all_asleep() && !atomic_load(&over) && !atomic_load(&looked) &&
		       test_now() < until)
			looks = 0;
		sched_yield();
	}
}

/* The first region's pages have been noted, and are not being saved yet; now it is the second's turn. */
uint64_t __wrap_bits_add(uint64_t *to, const uint64_t *from, uint64_t first, uint64_t end)
{
	if (atomic_load(&watching) && to == atomic_load(&second->wp)->pending &&
	    atomic_exchange(&watching, false))
		let_it_run();
	return __real_bits_add(to, from, first, end);
}

/* It has seen that the page is not being saved. */
void __wrap_wp_thrown_away(struct uffd_region *r, uint64_t first, uint64_t end)
{
	uint64_t until = test_now() + 5000000000;

	if (atomic_load(&waits_for_arm)) {
		atomic_store(&looked, true);
		while (!atomic_load(&armed) && test_now() < until)
			sched_yield();
	}
	__real_wp_thrown_away(r, first, end);
}

static int throw_away(size_t page)
{
	int ret = uffd_discard(s.region, page * 4096, 4096);

	return ret < 0 ? ret : madvise(served_page(&s, page), 4096, MADV_REMOVE);
}

static int said;

static void *discard(void *arg)
{
	(void)arg;
	while (!atomic_load(&go))
		sched_yield();
	said = atomic_load(&waits_for_arm) ? 0 : throw_away(CLEAN);
	if (said == 0)
		said = throw_away(DIRTY);
	atomic_store(&over, true);
	return NULL;
}

static struct uffd_region *add_second(struct test_memory *m)
{
	test_memory_make(m, LIBUFFD_BACKING_SHMEM, PAGES);
	return snap_region(s.ctx, m, true, 0, (struct uffd_region_opts){0});
}

/* Both regions, one behind the other. */
static struct uffd_snapshot *start(int fd, uint32_t flags)
{
	const struct uffd_snapshot_part parts[] = {
		{.region = s.region},
		{.region = second, .offset = PAGES * 4096},
	};

	return snap_start_parts(parts, 2, fd, (struct uffd_snapshot_opts){.flags = flags});
}

static void of(bool between, const char *what)
{
	struct uffd_snapshot *snapshot;
	struct uffd_dirty *d[2];
	struct test_memory m;
	pthread_t discarder;
	int fds[2];

	snap_serve(&s, &kinds[1], PAGES, 0, LIBUFFD_CTX_DISCARDS);
	second = add_second(&m);
	for (size_t k = 0; k < PAGES; k++)
		snap_fill(&s, k, (uint8_t)(k + 1));
	d[0] = track(s.region);
	d[1] = track(second);
	fds[0] = snap_file();
	fds[1] = snap_file();
	snapshot = start(fds[0], 0);
	ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
	ck_assert_int_eq(snap_end(snapshot), 0);
	snap_fill(&s, DIRTY, 0x5a);

	snapshot = start(fds[1], LIBUFFD_SNAPSHOT_INCREMENTAL);
	atomic_store(&go, false);
	atomic_store(&over, false);
	atomic_store(&looked, false);
	atomic_store(&armed, false);
	atomic_store(&waits_for_arm, between);
	ck_assert_int_eq(pthread_create(&discarder, NULL, discard, NULL), 0);
	atomic_store(&watching, true);
	ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
	ck_assert(!atomic_load(&watching));
	atomic_store(&armed, true);
	ck_assert_msg(snap_wait(snapshot) == 0, "%s: %d", what, snap_wait(snapshot));
	ck_assert_int_eq(uffd_snapshot_close(snapshot), 0);
	pthread_join(discarder, NULL);
	ck_assert_int_eq(said, 0);
	/* What was held is after it. */
	for (size_t n = 0; n < 2; n++)
		ck_assert_int_eq(ftruncate(fds[n], PAGES * 4096), 0);
	layers_are(fds, 2, &s, what);
	ck_assert(between || all_zero(served_page(&s, CLEAN), 4096));
	ck_assert(all_zero(served_page(&s, DIRTY), 4096));
	for (size_t n = 0; n < 2; n++) {
		close(fds[n]);
		ck_assert_int_eq(uffd_dirty_stop(d[n]), 0);
	}
	serve_end(&s);
	test_memory_free(&m);
}

static void discard_meets_the_instant(void)
{
	of(false, "between what is noted and the instant");
	of(true, "between its look and what it does");
}

TEST_MAIN(discard_meets_the_instant)
