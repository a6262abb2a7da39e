/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A fault that the source has no room for, or that it has failed, waits for the source too: until
 * it has its content a prefetch begins nothing.
 */
#include "later.h"

#define PAGES 4096u
#define LAST  ((PAGES - 1) * UINT64_C(4096))

static struct later l;
static struct served s;
static _Atomic int refused; /* the fault's reads: 0, or with what */

static int refuse(struct later *who, uint64_t offset, uint64_t length)
{
	(void)who;
	return offset + length > LAST && atomic_load(&refused) ? atomic_load(&refused) : LATER_HOLD;
}

static void first(int with)
{
	struct uffd_prefetch_opts opts = {.size = sizeof(opts), .budget = 1 << 20};
	struct uffd_prefetch *prefetch;
	struct toucher t;
	uint32_t asked;

	atomic_store(&refused, with);
	later_make(&l, PAGES * 4096, refuse);
	later_serve(&s, &l, LIBUFFD_BACKING_SHMEM, PAGES, 0, LIBUFFD_MISSING,
		    (struct uffd_region_opts){.retry_ns = 500000,
					      .max_retries = 1000,
					      .on_error = LIBUFFD_ON_ERROR_HOLD});
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(uffd_prefetch_start(&prefetch, s.region, &opts), 0);
	WAIT_UNTIL(later_count(&l) == 4);
	touch_start(&t, served_page(&s, PAGES - 1), false, 0);
	WAIT_UNTIL(later_refused(&l) >= 2);
	asked = later_asked(&l);
	for (int k = 0; k < 4; k++) {
		uint32_t seen = later_refused(&l);

		ck_assert(later_answer(&l, 0));
		WAIT_UNTIL(later_refused(&l) >= seen + 2);
		ck_assert_uint_eq(later_asked(&l), asked);
	}
	atomic_store(&refused, 0);
	WAIT_UNTIL(later_count(&l) == 1);
	ck_assert(later_answer(&l, 0));
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	later_start(&l, false);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), 0);
	later_stop(&l);
	uffd_prefetch_close(prefetch);
	ck_assert_int_eq(memcmp(s.m.at, s.content, s.m.length), 0);
	ck_assert(later_none_twice(&l));
	serve_end(&s);
	later_free(&l);
}

static void demand_without_room_comes_first(void)
{
	first(-EBUSY);
	first(-EIO);
}

TEST_MAIN(demand_without_room_comes_first)
