/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Threads throw pages away and write them anew while one snapshot after the other is taken, with a
 * word before (by event or uffd_discard()) or without: what a snapshot holds is never younger than
 * its instant. Where that cannot be had it fails with ESTALE, and the program goes on.
 */
#include "walk.h"

#define PAGES 256u
#define FAR   (PAGES - 1) /* saved last, if nobody waits for it */

static struct served s;
static bool announces;
static _Atomic bool ending;
static uint32_t advice = MADV_DONTNEED;

/* The far page has c only after page 0 has; before that it is thrown away now and then. */
static bool throw_it_away(void)
{
	return (!announces || uffd_discard(s.region, FAR * 4096, 4096) == 0) &&
	       madvise(served_page(&s, FAR), 4096, (int)advice) == 0;
}

static void *throw_away(void *arg)
{
	(void)arg;
	for (uint64_t c = 1; !atomic_load(&ending); c++) {
		if (c % 4 == 0 && !throw_it_away())
			return &s;
		walk_write(served_page(&s, 0), c);
		walk_write(served_page(&s, FAR), c);
	}
	return NULL;
}

struct counts {
	unsigned int whole, stale;
};

/* One event after the other may leave it no room for a second: again, then. */
static struct uffd_snapshot *start(int fd)
{
	const struct uffd_snapshot_part part = {.region = s.region};
	const struct uffd_snapshot_opts opts = {.size = sizeof(opts)};
	struct uffd_snapshot *snapshot;
	int ret;

	while ((ret = uffd_snapshot_start(&snapshot, &part, 1, fd, &opts)) == -EAGAIN)
		;
	ck_assert_int_eq(ret, 0);
	return snapshot;
}

static void take_some(uint64_t until, struct counts *n, const char *what)
{
	int fd = snap_file();
	uint32_t seed = 1;

	while (test_now() < until || n->whole + n->stale < 5) {
		struct uffd_snapshot *snapshot;
		uint64_t near, far;
		int ret;

		snapshot = start(fd);
		walk_dither(&seed);
		while ((ret = uffd_snapshot_arm(snapshot)) == -EAGAIN)
			;
		ck_assert_int_eq(ret, 0);
		ret = snap_end(snapshot);
		ck_assert_msg(ret == 0 || ret == -ESTALE, "%s: %d", what, ret);
		n->stale += ret != 0;
		n->whole += ret == 0;
		near = walk_word(fd, NULL, 0);
		far = walk_word(fd, NULL, FAR * 4096);
		ck_assert_msg(ret || far == 0 || far == near || far + 1 == near,
			      "%s: %llu after %llu", what, (unsigned long long)far,
			      (unsigned long long)near);
	}
	close(fd);
}

static void of(const struct kind *k, uint64_t features, uint32_t flags, bool tells, uint64_t until,
	       const char *what)
{
	struct counts n = {0};
	pthread_t thread;
	void *wrong;

	snap_serve(&s, k, PAGES, features, flags);
	announces = tells;
	advice = k->backing == LIBUFFD_BACKING_SHMEM ? MADV_REMOVE : MADV_DONTNEED;
	atomic_store(&ending, false);
	memset(s.m.at, 0, s.m.length);
	for (size_t p = 1; p < FAR; p++)
		memset(served_page(&s, p), 7, 4096);
	ck_assert_int_eq(pthread_create(&thread, NULL, throw_away, NULL), 0);
	take_some(until, &n, what);
	atomic_store(&ending, true);
	pthread_join(thread, &wrong);
	ck_assert_msg(!wrong, "%s: cannot throw it away", what);
	serve_end(&s);
}

static void thrown_away_around_the_instant(void)
{
	uint64_t each = snap_seconds() * UINT64_C(1000000000) / 5, now = test_now();

	of(&kinds[0], UFFD_FEATURE_EVENT_REMOVE, 0, false, now + each, "anonymous, by event");
	of(&kinds[0], UFFD_FEATURE_EVENT_REMOVE, 0, true, now + 2 * each, "anonymous, by both");
	of(&kinds[0], 0, LIBUFFD_CTX_DISCARDS, true, now + 3 * each, "anonymous, announced");
	of(&kinds[0], 0, 0, false, now + 4 * each, "anonymous, without a word");
	of(&kinds[1], 0, LIBUFFD_CTX_DISCARDS, true, now + 5 * each, "shmem, announced");
}

TEST_MAIN(thrown_away_around_the_instant)
