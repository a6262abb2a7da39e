/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The largest window there may be, of which a part came: what is done stays done, and only the rest
 * is tried again and poisoned.
 */
#include "serve.h"

#define LENGTH (UINT64_C(1) << 30)
#define ZEROS  (LENGTH - (UINT64_C(1) << 20))

static _Atomic int beyond;

static int64_t map(void *user, uint64_t offset, uint64_t length, int *zero)
{
	uint64_t left = ZEROS - offset;

	(void)user;
	*zero = offset < ZEROS;
	return (int64_t)(*zero && left < length ? left : length);
}

static int64_t read_it(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	(void)user;
	(void)buffer;
	(void)length;
	atomic_fetch_add(&beyond, offset >= ZEROS);
	return -EIO;
}

static void error_within_the_largest_window(void)
{
	const struct uffd_source_ops ops = {.size = sizeof(ops), .read = read_it, .map = map};
	struct served s = {
		.m = {.length = LENGTH, .page = (size_t)sysconf(_SC_PAGESIZE), .fd = -1}};
	struct uffd_region_opts opts = {
		.fault_around = LENGTH, .max_retries = 1, .retry_ns = 10000};
	size_t last = ZEROS / s.m.page - 1;
	struct toucher t[2];

	s.m.at = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (s.m.at == MAP_FAILED)
		test_skip("no room for a window that large");
	s.content = content_make(s.m.page);
	s.ctx = serve_ctx(UFFD_FEATURE_POISON);
	ck_assert_int_eq(uffd_source_open(&opts.source, LENGTH, &ops, NULL), 0);
	s.region = serve_region(&s, &s.m, LIBUFFD_MISSING, opts);
	uffd_source_close(opts.source);
	s.loop = serve_start(s.ctx, NULL);
	touch_start(&t[0], s.m.at, false, 0);
	touch_start(&t[1], (uint8_t *)s.m.at + ZEROS, false, 0);
	ck_assert_int_eq(touch_join(&t[1]), TOUCH_SIGBUS);
	ck_assert_int_eq(touch_join(&t[0]), TOUCH_DONE);
	ck_assert_uint_eq(t[0].value, 0);
	WAIT_UNTIL(LIBUFFD_PAGE_STATE(page_state(&s, last)) != LIBUFFD_PAGE_BUSY);
	ck_assert_uint_eq(page_state(&s, 0), LIBUFFD_PAGE_CACHED);
	ck_assert_uint_eq(page_state(&s, last), LIBUFFD_PAGE_CACHED);
	ck_assert_uint_eq(stats_of(s.ctx).pages_zeroed, ZEROS / s.m.page);
	ck_assert_int_ge(atomic_load(&beyond), 2);
	ck_assert_int_eq(uffd_loop_close(s.loop), 0);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_DROP), 0);
	munmap(s.content, s.m.page);
	test_memory_free(&s.m);
}

TEST_MAIN(error_within_the_largest_window)
