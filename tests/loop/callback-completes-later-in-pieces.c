/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A fault callback may leave the completion to other threads, and they may make it in pieces, from
 * the end to the beginning; each waiter goes on with its own piece.
 */
#include "serve.h"

#define PAGES 16

static struct served s;
static struct uffd_extent asked;
static _Atomic int came;

static int later(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	(void)region;
	(void)user;
	asked = *extent;
	atomic_fetch_add(&came, 1);
	return 0;
}

static void *complete(void *arg)
{
	uint64_t offset = (uintptr_t)arg * s.m.page;

	return (void *)(intptr_t)uffd_copy(s.region, offset, s.content + offset, s.m.page, 0);
}

static void callback_completes_later_in_pieces(void)
{
	struct toucher t[2];
	pthread_t threads[PAGES];
	void *ret;

	serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault = later});
	s.loop = serve_start(s.ctx, NULL);
	touch_start(&t[0], served_page(&s, 3), false, 0);
	WAIT_UNTIL(atomic_load(&came) == 1);
	touch_start(&t[1], served_page(&s, 12), true, 0x77);
	ck_assert_uint_eq(asked.offset, 0);
	ck_assert_uint_eq(asked.length, s.m.length);
	ck_assert_uint_eq(asked.fault_offset, 3 * s.m.page);
	ck_assert_uint_eq(asked.kind, LIBUFFD_FAULT_MISSING);
	ck_assert_uint_eq(asked.flags, 0);
	ck_assert_uint_eq(asked.tid, atomic_load(&t[0].tid));
	WAIT_UNTIL(page_state(&s, 12) & LIBUFFD_PAGE_WAITERS);

	for (size_t k = PAGES; k-- > PAGES / 2;)
		ck_assert_int_eq(pthread_create(&threads[k], NULL, complete, (void *)k), 0);
	for (size_t k = PAGES / 2; k < PAGES; k++) {
		pthread_join(threads[k], &ret);
		ck_assert_int_eq((intptr_t)ret, 0);
	}
	ck_assert_int_eq(touch_join(&t[1]), TOUCH_DONE);
	ck_assert(touch_asleep(&t[0]));
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, s.m.page * PAGES / 2, 0), 0);
	ck_assert_int_eq(touch_join(&t[0]), TOUCH_DONE);
	ck_assert_uint_eq(t[0].value, s.content[3 * s.m.page]);
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, s.m.page, 0), -EALREADY);

	ck_assert_uint_eq(*served_page(&s, 12), 0x77);
	s.content[12 * s.m.page] = 0x77;
	for (size_t k = 0; k < PAGES; k++)
		ck_assert(served_right(&s, k));
	ck_assert_int_eq(atomic_load(&came), 1);
	serve_end(&s);
}

TEST_MAIN(callback_completes_later_in_pieces)
