/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Threads count through tracked memory without a pause; a base and incremental snapshots over it
 * are taken meanwhile. Put together up to any of them they are the memory of one instant. The last
 * is taken when the threads have stopped: then it is the memory as it is, byte by byte.
 */
#include "out.h"
#include "tracked.h"
#include "walk.h"

#define PAGES   400u
#define WALKERS 2u
#define LEVELS  4u

/* What of a layer is data goes over the image. */
static void overlay(uint8_t *image, int fd)
{
	off_t at = 0, end;

	while ((at = lseek(fd, at, SEEK_DATA)) >= 0) {
		end = lseek(fd, at, SEEK_HOLE);
		ck_assert_int_eq(pread(fd, image + at, (size_t)(end - at), at), end - at);
		at = end;
	}
	ck_assert_int_eq(errno, ENXIO);
}

static void start_walkers(struct served *s, struct walk *w)
{
	for (size_t i = 0; i < WALKERS; i++) {
		walk_make(&w[i], 2 * PAGES);
		walk_add(&w[i], s, i, WALKERS, 0);
		walk_start(&w[i]);
	}
}

static void chain(const struct kind *k, uint32_t *seed)
{
	static struct walk w[WALKERS];
	uint8_t *image = out_memory(PAGES * 4096);
	struct uffd_dirty *d;
	int fds[LEVELS + 1];
	struct served s;

	snap_serve(&s, k, PAGES, 0, 0);
	d = track(s.region);
	start_walkers(&s, w);
	for (size_t level = 0; level <= LEVELS; level++) {
		uint32_t flags = level ? LIBUFFD_SNAPSHOT_INCREMENTAL : 0;
		struct uffd_snapshot *snapshot;

		/* The last. */
		for (size_t i = 0; i < WALKERS && level == LEVELS; i++)
			walk_end(&w[i]);
		fds[level] = snap_file();
		walk_dither(seed);
		snapshot = snap_start(s.region, fds[level],
				      (struct uffd_snapshot_opts){.flags = flags});
		walk_dither(seed);
		ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
		ck_assert_int_eq(snap_end(snapshot), 0);
		overlay(image, fds[level]);
		for (size_t i = 0; i < WALKERS && level < LEVELS; i++)
			walk_is_of_an_instant(&w[i], -1, image, k->name);
	}
	ck_assert_int_eq(memcmp(image, s.m.at, s.m.length), 0);
	memcpy(s.content, s.m.at, s.m.length);
	layers_are(fds, LEVELS + 1, &s, k->name);
	for (size_t i = 0; i <= LEVELS; i++)
		close(fds[i]);
	munmap(image, PAGES * 4096);
	ck_assert_int_eq(uffd_dirty_stop(d), 0);
	serve_end(&s);
}

static void incremental_while_it_is_written(void)
{
	uint64_t until = test_now() + snap_seconds() * UINT64_C(1000000000);
	uint32_t seed = 1;

	do {
		for (size_t i = 0; i < 4; i++)
			chain(&kinds[i], &seed);
	} while (test_now() < until);
}

TEST_MAIN(incremental_while_it_is_written)
