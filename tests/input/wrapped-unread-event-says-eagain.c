/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A completion while an event waits that nobody reads is EAGAIN after a second (of a clock that
 * runs faster here), and the claim stands; giving it up never is.
 */
#include "input.h"

#include <poll.h>
#include <time.h>

int __wrap_clock_gettime(clockid_t clock, struct timespec *ts);
int __real_clock_gettime(clockid_t clock, struct timespec *ts);

static _Atomic int looks;

/* Every look costs fifty milliseconds. */
int __wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	int ret = __real_clock_gettime(clock, ts);
	int64_t ns = ts->tv_nsec + atomic_fetch_add(&looks, 1) * INT64_C(50000000);

	ts->tv_sec += ns / 1000000000;
	ts->tv_nsec = ns % 1000000000;
	return ret;
}

static struct test_memory m;
static _Atomic int done;

/* Sleeps until its event has been read. */
static void *throw_away(void *arg)
{
	madvise(m.at, m.page, MADV_DONTNEED);
	atomic_store(&done, 1);
	return arg;
}

static void unread_event(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_EVENT_REMOVE | UFFD_FEATURE_POISON |
						   UFFD_FEATURE_PAGEFAULT_FLAG_WP);
	struct uffd_loop_opts o = {.size = sizeof(o), .poller = test_poller()};
	struct uffd_loop *loop = NULL;
	struct uffd_region *r;
	struct uffd_extent e;
	uint8_t content[2 * 4096] = {0};
	struct pollfd unread = {.events = POLLIN};
	pthread_t thread;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 4);
	r = REGION(ctx, &m, LIBUFFD_MISSING | LIBUFFD_WP, .fault = fault_never,
		   .wp_fault = wp_never);
	EXPECT(uffd_claim(r, 0, m.length, &e), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, throw_away, NULL), 0);
	unread.fd = uffd_ctx_fd(ctx);
	ck_assert_int_eq(poll(&unread, 1, SETTLE_MS), 1);
	ck_assert_int_eq(atomic_load(&done), 0);
	EXPECT(uffd_copy(r, 0, content, 2 * m.page, 0), -EAGAIN);
	EXPECT(uffd_zero(r, 0, m.page, 0), -EAGAIN);
	EXPECT(uffd_poison(r, 2 * m.page, m.page), -EAGAIN);
	EXPECT(uffd_writeprotect(r, 0, m.page, 1), -EAGAIN);
	EXPECT(uffd_wake(r, 0, m.page), 0);
	for (uint64_t page = 0; page < 4; page++)
		EXPECT(LIBUFFD_PAGE_STATE(uffd_region_page(r, page * m.page)), LIBUFFD_PAGE_BUSY);
	EXPECT(uffd_abandon(r, 2 * m.page, 2 * m.page), 0);

	EXPECT(uffd_loop_start(&loop, ctx, &o), 0);
	pthread_join(thread, NULL);
	EXPECT(uffd_copy(r, 0, content, 2 * m.page, 0), 0);
	EXPECT(uffd_loop_close(loop), 0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
	test_memory_free(&m);
}

TEST_MAIN(unread_event)
