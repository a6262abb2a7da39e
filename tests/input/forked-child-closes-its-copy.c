/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * In a forked child closing frees the child's copy: whatever how says, with claims outstanding and
 * a loop; it leaks nothing, and the parent's faults are served as before.
 */
#include "input.h"

struct handles {
	struct uffd_ctx *ctx;
	struct uffd_loop *loop;
	int freed;
	int source_freed;
	int first; /* the lowest descriptor once all are closed */
	uint32_t how;
};

static void child(void *arg)
{
	struct handles *h = arg;

	CHILD_EXPECT(uffd_loop_close(h->loop), 0);
	CHILD_EXPECT(uffd_ctx_close(h->ctx, h->how), 0);
	CHILD_EXPECT(h->freed, 1);
	CHILD_EXPECT(h->source_freed, 1);
	CHILD_EXPECT(lowest_free(), h->first);
	h->ctx = NULL;
	h->loop = NULL;
	if (__lsan_do_recoverable_leak_check)
		CHILD_EXPECT(__lsan_do_recoverable_leak_check(), 0);
}

static int64_t read_pattern(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	(void)user;
	(void)offset;
	memset(buffer, 0x42, (size_t)length);
	return (int64_t)length;
}

static void with_loop(bool own_thread)
{
	struct uffd_loop_opts o = {.size = sizeof(o), .poller = test_poller()};
	struct uffd_source_ops ops = {
		.size = sizeof(ops), .read = read_pattern, .free = count_free};
	static const uint32_t hows[] = {LIBUFFD_CLOSE_REFUSE, LIBUFFD_CLOSE_DROP, 99, UINT32_MAX};
	struct uffd_source *source = NULL;
	struct uffd_region *r;
	struct uffd_extent e;
	struct handles h = {.first = lowest_free()};
	struct uffd_stats stats = {.size = sizeof(stats)};
	struct test_memory m;
	struct toucher t;

	h.ctx = ctx_make(0, 0);
	test_memory_make(&m, LIBUFFD_BACKING_ANON, 4);
	EXPECT(uffd_source_open(&source, m.length, &ops, &h.source_freed), 0);
	r = REGION(h.ctx, &m, LIBUFFD_MISSING, .source = source, .fault_around = m.page,
		   .user = &h.freed, .user_free = count_free);
	uffd_source_close(source);
	EXPECT(uffd_claim(r, 3 * m.page, m.page, &e), 0);
	EXPECT(own_thread ? uffd_loop_start(&h.loop, h.ctx, &o)
			  : uffd_loop_open(&h.loop, h.ctx, &o),
	       0);
	if (!own_thread)
		EXPECT(uffd_loop_dispatch(h.loop, 0), 0);
	/* A thread that begins allocates: a fork in the middle of that leaves a locked heap. */
	while (own_thread && stats.sleeps == 0) {
		sched_yield();
		EXPECT(uffd_ctx_stats(h.ctx, &stats), 0);
	}
	for (size_t i = 0; i < sizeof(hows) / sizeof(hows[0]); i++) {
		h.how = hows[i];
		in_child(child, &h);
	}
	ck_assert_int_eq(h.freed, 0);
	ck_assert_int_eq(h.source_freed, 0);
	touch_start(&t, m.at, false, 0);
	if (!own_thread)
		EXPECT(uffd_loop_dispatch(h.loop, SETTLE_MS), 1);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_int_eq(t.value, 0x42);
	EXPECT(uffd_zero(r, 3 * m.page, m.page, 0), 0);
	EXPECT(uffd_loop_close(h.loop), 0);
	EXPECT(uffd_ctx_close(h.ctx, LIBUFFD_CLOSE_FINISH), 0);
	ck_assert_int_eq(h.freed, 1);
	ck_assert_int_eq(h.source_freed, 1);
	test_memory_free(&m);
}

static void closes(void)
{
	with_loop(false);
	with_loop(true);
}

TEST_MAIN(closes)
