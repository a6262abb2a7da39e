/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A read fails wherever it has one certain page in it: that page is lost, or held, and no other,
 * whoever waits in the same window. A demand for all of it says so.
 */
#include "serve.h"

#define PAGES 16u
#define BAD   6u

static struct served s;
static struct toucher t[PAGES];
static _Atomic bool broken;
static _Atomic int lost_calls, lost_others;

static int64_t read_it(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	(void)user;
	if (atomic_load(&broken) && offset < (BAD + 1) * 4096 && offset + length > BAD * 4096)
		return -EIO;
	content_write(buffer, offset, length);
	return (int64_t)length;
}

static void lost(struct uffd_region *region, uint64_t offset, uint64_t length, int error,
		 void *user)
{
	(void)region;
	(void)user;
	if (offset != BAD * 4096 || length != 4096 || error != -EIO)
		atomic_fetch_add(&lost_others, 1);
	atomic_fetch_add(&lost_calls, 1);
}

static void begin(uint32_t on_error)
{
	const struct uffd_source_ops ops = {.size = sizeof(ops), .read = read_it};
	struct uffd_source *source;

	atomic_store(&broken, true);
	atomic_store(&lost_calls, 0);
	ck_assert_int_eq(uffd_source_open(&source, PAGES * 4096, &ops, NULL), 0);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_POISON, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source,
					.lost = lost,
					.on_error = on_error,
					.max_retries = 2,
					.retry_ns = 20000});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
}

/* All at once, or one of the others alone. */
static void touch(bool all)
{
	for (size_t k = 0; k < PAGES; k++)
		if (all || k == BAD + 1)
			touch_start(&t[k], served_page(&s, k), false, 0);
	for (size_t k = 0; k < PAGES; k++) {
		if (k == BAD || (!all && k != BAD + 1))
			continue;
		ck_assert_int_eq(touch_join(&t[k]), TOUCH_DONE);
		ck_assert_uint_eq(t[k].value, s.content[k * s.m.page]);
	}
}

static void poisoned(bool all)
{
	begin(LIBUFFD_ON_ERROR_POISON);
	touch(all);
	if (all)
		ck_assert_int_eq(touch_join(&t[BAD]), TOUCH_SIGBUS);
	serve_settled(&s);
	for (size_t k = 0; k < PAGES; k++)
		if (k != BAD)
			ck_assert(served_right(&s, k));
	ck_assert_int_eq(atomic_load(&lost_calls), all);
	ck_assert_int_eq(atomic_load(&lost_others), 0);
	ck_assert_uint_eq(stats_of(s.ctx).pages_poisoned, all);
	ck_assert_uint_eq(page_state(&s, BAD), all ? LIBUFFD_PAGE_POISONED : LIBUFFD_PAGE_EMPTY);
	serve_end(&s);
}

static void held(void)
{
	begin(LIBUFFD_ON_ERROR_HOLD);
	touch(true);
	WAIT_UNTIL(atomic_load(&lost_calls) == 1);
	ck_assert(touch_asleep(&t[BAD]));
	atomic_store(&broken, false);
	WAIT_UNTIL(uffd_region_resume(s.region) == 1);
	ck_assert_int_eq(touch_join(&t[BAD]), TOUCH_DONE);
	ck_assert_uint_eq(t[BAD].value, s.content[BAD * s.m.page]);
	serve_end(&s);
}

static void unreadable_page_is_lost_alone(void)
{
	poisoned(true);
	poisoned(false);
	held();
}

TEST_MAIN(unreadable_page_is_lost_alone)
