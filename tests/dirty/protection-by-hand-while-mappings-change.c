/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Write faults of an untracked region while another thread changes mappings all the time, so that
 * lifting says EAGAIN: no writer hangs, whatever is protected meanwhile by hand.
 */
#include "lost.h"

#define PAGES 64u

static struct tracked t;
static struct lost_writers w;
static _Atomic int wrong;

/* Elsewhere in the same address space: every event makes the mapping change for all. */
static void *changes(void *arg)
{
	const struct timespec pause = {.tv_nsec = 50000}; /* for others to have a turn */
	struct test_memory *m = arg;

	for (; !atomic_load(&w.over) && !atomic_load(&wrong); nanosleep(&pause, NULL)) {
		uint8_t *to = mmap(NULL, m->length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (to == MAP_FAILED || madvise(m->at, m->length, MADV_DONTNEED) ||
		    mremap(m->at, m->length, m->length, MREMAP_MAYMOVE | MREMAP_FIXED, to) != to)
			atomic_store(&wrong, errno);
		else
			m->at = to;
		*(volatile uint8_t *)m->at = 1;
	}
	return NULL;
}

static void goes_on(const struct track_kind *kind, bool tracked, uint64_t until)
{
	struct served other = {0};
	pthread_t changer;

	track_serve(&t, LIBUFFD_DIRTY_SYNC, kind, PAGES,
		    UFFD_FEATURE_EVENT_REMOVE | UFFD_FEATURE_EVENT_REMAP, 0,
		    (struct uffd_region_opts){0});
	test_memory_make(&other.m, LIBUFFD_BACKING_ANON, 4);
	other.ctx = t.s.ctx;
	other.region = serve_region(&other, &other.m, LIBUFFD_WP, (struct uffd_region_opts){0});
	lost_writers_start(&w, &t, 2);
	ck_assert_int_eq(pthread_create(&changer, NULL, changes, &other.m), 0);
	do {
		uint64_t writes = atomic_load(&w.writes);
		int ret;

		if (tracked) {
			track_start(&t);
			track_stop(&t);
		} else {
			ret = uffd_writeprotect(t.s.region, 0, t.s.m.length, 1);
			ck_assert_msg(ret == 0 || ret == -EAGAIN, "uffd_writeprotect: %d", ret);
		}
		WAIT_UNTIL(atomic_load(&w.writes) > writes + 20);
	} while (test_now() < until);
	lost_writers_stop(&w);
	pthread_join(changer, NULL);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	track_end(&t);
	test_memory_free(&other.m);
}

static void while_mappings_change(void)
{
	uint64_t each = (track_until() - test_now()) / 8;

	for (size_t k = 0; k < 4; k++) {
		static const size_t kinds[] = {0, 1, 2, 5};

		goes_on(&track_kinds[kinds[k]], false, test_now() + each);
		goes_on(&track_kinds[kinds[k]], true, test_now() + each);
	}
}

TEST_MAIN(while_mappings_change)
