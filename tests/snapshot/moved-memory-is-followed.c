/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Memory is moved by mremap() again and again, half by half, while snapshots of it are taken and a
 * thread counts through it between two moves: a context that hears of it follows, and every
 * snapshot is of one instant. Where it moves for a second on end the call says so, and can be made
 * again.
 */
#include "walk.h"

#define PAGES 256u

static struct served s;
static _Atomic uint64_t moves;
static uint8_t *halves[2]; /* where they are */

/* Moves a half to where nothing is, and puts something else in its place. */
static bool move(size_t half)
{
	static void *left[2];
	size_t length = PAGES / 2 * 4096;
	uint8_t *from = halves[half];
	uint8_t *to = mmap(NULL, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (left[half])
		munmap(left[half], length);
	left[half] = NULL;
	if (to == MAP_FAILED ||
	    mremap(from, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, to) != to)
		return false;
	halves[half] = to;
	left[half] = mmap(from, length, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	/* Somebody else was as quick. */
	if (left[half] == MAP_FAILED)
		left[half] = NULL;
	else
		memset(left[half], 0xff, length);
	return true;
}

static _Atomic bool ending;

static void *move_about(void *arg)
{
	uint32_t seed = 7;

	(void)arg;
	for (uint64_t c = 1; !atomic_load(&ending); c++) {
		for (size_t k = 0; k < PAGES; k++) {
			walk_write(halves[k / (PAGES / 2)] + k % (PAGES / 2) * 4096, c);
			if (c % 4 == 0 && k % 128 == 13 && !move(k / 128))
				return halves;
		}
		atomic_fetch_add(&moves, 1);
		walk_dither(&seed);
	}
	return NULL;
}

static int take(int fd, uint32_t *seed)
{
	const struct uffd_snapshot_part part = {.region = s.region};
	struct uffd_snapshot *snapshot;
	int ret;

	do {
		ret = uffd_snapshot_start(&snapshot, &part, 1, fd, NULL);
	} while (ret == -EAGAIN);
	if (ret < 0)
		return ret;
	do {
		walk_dither(seed);
		ret = uffd_snapshot_arm(snapshot);
	} while (ret == -EAGAIN);
	ck_assert_int_eq(ret, 0);
	return snap_end(snapshot);
}

static void snapshots(const struct kind *k, uint64_t until)
{
	static struct walk w;
	int fd = snap_file();
	uint32_t seed = 1;
	pthread_t mover;
	void *wrong;

	snap_serve(&s, k, PAGES, UFFD_FEATURE_EVENT_REMAP, 0);
	halves[0] = s.m.at;
	halves[1] = halves[0] + PAGES / 2 * 4096;
	walk_make(&w, PAGES);
	for (size_t n = 0; n < PAGES; n++)
		w.steps[w.count++] = (struct step){.out = n * 4096};
	atomic_store(&ending, false);
	atomic_store(&moves, 0);
	ck_assert_int_eq(pthread_create(&mover, NULL, move_about, NULL), 0);
	WAIT_UNTIL(atomic_load(&moves) > 0);
	while (test_now() < until) {
		int ret = take(fd, &seed);

		ck_assert_msg(ret == 0, "%s: %d", k->name, ret);
		walk_is_of_an_instant(&w, fd, NULL, k->name);
	}
	atomic_store(&ending, true);
	pthread_join(mover, &wrong);
	ck_assert_ptr_null(wrong);
	free(w.steps);
	close(fd);
	ck_assert_int_eq(uffd_loop_close(s.loop), 0);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_DROP), 0);
	munmap(s.content, s.m.length);
	munmap(halves[0], s.m.length / 2);
	munmap(halves[1], s.m.length / 2);
	if (s.m.fd >= 0)
		close(s.m.fd);
}

static void moved_memory_is_followed(void)
{
	uint64_t each = snap_seconds() * UINT64_C(1000000000) / 4, now = test_now();

	for (size_t i = 0; i < 4; i++)
		snapshots(&kinds[i], now + (i + 1) * each);
}

TEST_MAIN(moved_memory_is_followed)
