/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Trackings come and go while threads write: nobody sleeps on after a stop, and each tracking loses
 * no write that came after its start.
 */
#include "lost.h"

#define PAGES 256u

static struct tracked t;
static struct lost l;
static struct lost_writers w;

static void comes_and_goes(uint32_t method, const struct track_kind *kind, uint64_t until)
{
	uint64_t seed = 3;

	track_serve(&t, method, kind, track_is_huge(kind) ? 6 : PAGES, 0, 0,
		    (struct uffd_region_opts){0});
	lost_writers_start(&w, &t, 3);
	do {
		uint64_t writes;

		track_start(&t);
		lost_begin(&l, &t, NULL);
		for (uint64_t n = random_below(&seed, 4); n > 0; n--)
			lost_pass(&l);
		free(l.last);
		free(l.before);
		free(l.found);
		track_stop(&t);
		writes = atomic_load(&w.writes);
		WAIT_UNTIL(atomic_load(&w.writes) > writes + 3);
	} while (test_now() < until);
	/* All of them, not just one: they end. */
	track_start(&t);
	track_stop(&t);
	lost_writers_stop(&w);
	track_end(&t);
}

static void stop_while_threads_write(void)
{
	uint64_t each = (track_until() - test_now()) / (2 * TRACK_KINDS);

	for (size_t k = 0; k < TRACK_KINDS; k++) {
		if (!track_has_memory(&track_kinds[k], 6))
			continue;
		comes_and_goes(LIBUFFD_DIRTY_ASYNC, &track_kinds[k], test_now() + each);
		comes_and_goes(LIBUFFD_DIRTY_SYNC, &track_kinds[k], test_now() + each);
	}
}

TEST_MAIN(stop_while_threads_write)
