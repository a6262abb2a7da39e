/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A source that fails for good: SIGBUS after all tries, and one more for the page alone; or with
 * LIBUFFD_ON_ERROR_HOLD a waiter that sleeps until uffd_region_resume(). UINT32_MAX retries are
 * none. Pages that nobody waited for are not lost.
 */
#include "serve.h"

static struct served s;
static _Atomic int reads;
static _Atomic bool broken;

static int64_t read_it(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	(void)user;
	atomic_fetch_add(&reads, 1);
	if (atomic_load(&broken))
		return -EIO;
	content_write(buffer, offset, length);
	return (int64_t)length;
}

static void begin(uint32_t on_error, uint32_t retries)
{
	const struct uffd_source_ops ops = {.size = sizeof(ops), .read = read_it};
	struct uffd_source *source;

	atomic_store(&reads, 0);
	atomic_store(&broken, true);
	ck_assert_int_eq(uffd_source_open(&source, 8 * 4096, &ops, NULL), 0);
	serve(&s, LIBUFFD_BACKING_ANON, 8, UFFD_FEATURE_POISON, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source,
					.on_error = on_error,
					.max_retries = retries,
					.retry_ns = 20000});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
}

static void source_error_poisons_or_holds(void)
{
	struct toucher t[2];

	for (int none = 0; none < 2; none++) {
		begin(LIBUFFD_ON_ERROR_POISON, none ? UINT32_MAX : 3);
		for (size_t k = 0; k < 2; k++)
			touch_start(&t[k], served_page(&s, 3 * k), k, 1);
		for (size_t k = 0; k < 2; k++)
			ck_assert_int_eq(touch_join(&t[k]), TOUCH_SIGBUS);
		ck_assert_int_eq(atomic_load(&reads), 2 * (none ? 1 + 1 : 4 + 1));
		serve_settled(&s);
		ck_assert_uint_eq(stats_of(s.ctx).pages_poisoned, 2);
		atomic_store(&broken, false);
		ck_assert(served_right(&s, 5));
		serve_end(&s);
	}
	begin(LIBUFFD_ON_ERROR_HOLD, 2);
	touch_start(&t[0], served_page(&s, 5), false, 0);
	WAIT_UNTIL(atomic_load(&reads) == 4);
	ck_assert(touch_asleep(&t[0]));
	atomic_store(&broken, false);
	WAIT_UNTIL(uffd_region_resume(s.region) == 1);
	ck_assert_int_eq(touch_join(&t[0]), TOUCH_DONE);
	ck_assert_uint_eq(t[0].value, s.content[5 * s.m.page]);
	ck_assert_int_eq(atomic_load(&reads), 5);
	serve_end(&s);
}

TEST_MAIN(source_error_poisons_or_holds)
