/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* In a forked child every function on a handle of the parent's is ECHILD and changes nothing. */
#include "input.h"

struct handles {
	struct uffd_ctx *ctx;
	struct uffd_region *anon, *shared;
	struct uffd_loop *loop;
	struct test_memory a, s;
	uint8_t *content;
};

static void on_region(struct uffd_region *r, const struct test_memory *m, void *content)
{
	struct uffd_extent e = {.offset = 77};
	struct timespec past = {.tv_sec = 1};
	size_t page = m->page;

	/* Those too that this memory could not do in the parent. */
	CHILD_EXPECT(uffd_copy(r, 0, content, page, 0), -ECHILD);
	CHILD_EXPECT(uffd_zero(r, 0, page, 0), -ECHILD);
	CHILD_EXPECT(uffd_continue(r, 0, page, 0), -ECHILD);
	CHILD_EXPECT(uffd_populate(r, 0, content, page, 0), -ECHILD);
	CHILD_EXPECT(uffd_move(r, 0, content, page, 0), -ECHILD);
	CHILD_EXPECT(uffd_poison(r, 0, page), -ECHILD);
	CHILD_EXPECT(uffd_abandon(r, 0, page), -ECHILD);
	CHILD_EXPECT(uffd_claim(r, 0, page, &e), -ECHILD);
	CHILD_EXPECT(e.offset, 77);
	CHILD_EXPECT(uffd_writeprotect(r, 0, page, 1), -ECHILD);
	CHILD_EXPECT(uffd_wake(r, 0, page), -ECHILD);
	CHILD_EXPECT(uffd_demand(r, 0, page, NULL), -ECHILD);
	CHILD_EXPECT(uffd_demand(r, 0, page, &past), -ECHILD);
	CHILD_EXPECT(uffd_prefetch(r, 0, page), -ECHILD);
	CHILD_EXPECT(uffd_discard(r, 0, page), -ECHILD);
	CHILD_EXPECT(uffd_region_page(r, 0), -ECHILD);
	CHILD_EXPECT(uffd_region_resume(r), -ECHILD);
	for (uint32_t how = LIBUFFD_CLOSE_REFUSE; how <= LIBUFFD_CLOSE_DROP; how++)
		CHILD_EXPECT(uffd_region_remove(r, how), -ECHILD);
}

static void child(void *arg)
{
	struct handles *h = arg;
	struct uffd_region *r = NO_HANDLE(struct uffd_region);
	struct uffd_loop *loop = NO_HANDLE(struct uffd_loop);
	struct uffd_region_opts o = {.size = sizeof(o), .fault = fault_never};
	struct uffd_stats stats = {.size = sizeof(stats)};
	int freed = 0, fd = 77;

	on_region(h->anon, &h->a, h->content);
	on_region(h->shared, &h->s, h->content);
	o.user = &freed;
	o.user_free = count_free;
	CHILD_EXPECT(uffd_region_add(&r, h->ctx, h->content, 4096, LIBUFFD_MISSING, &o), -ECHILD);
	CHILD_EXPECT(freed, 1);
	CHILD_EXPECT(uffd_ctx_fd(h->ctx), -ECHILD);
	CHILD_EXPECT(uffd_ctx_stats(h->ctx, &stats), -ECHILD);
	CHILD_EXPECT(uffd_ctx_release(h->ctx, &fd), -ECHILD);
	CHILD_EXPECT(fd, 77);
	CHILD_EXPECT(uffd_region_lookup(h->ctx, h->a.at, NULL) == NULL, 1);
	CHILD_EXPECT(uffd_region_address(h->anon, 0) == NULL, 1);
	CHILD_EXPECT(uffd_loop_open(&loop, h->ctx, NULL), -ECHILD);
	CHILD_EXPECT(uffd_loop_start(&loop, h->ctx, NULL), -ECHILD);
	CHILD_EXPECT(uffd_loop_run(h->loop), -ECHILD);
	CHILD_EXPECT(uffd_loop_fd(h->loop), -ECHILD);
	CHILD_EXPECT(uffd_loop_dispatch(h->loop, 0), -ECHILD);
	CHILD_EXPECT(uffd_loop_dispatch(h->loop, -1), -ECHILD);
	CHILD_EXPECT(uffd_loop_timeout(h->loop), -ECHILD);
	CHILD_EXPECT(uffd_loop_stop(h->loop), -ECHILD);
	CHILD_EXPECT(r == NO_HANDLE(struct uffd_region), 1);
	CHILD_EXPECT(loop == NO_HANDLE(struct uffd_loop), 1);
}

static void refused(void)
{
	struct handles h;
	struct uffd_loop_opts o = {.size = sizeof(o), .poller = test_poller()};
	struct uffd_extent e;

	h.ctx = ctx_make(0, UFFD_FEATURE_MINOR_SHMEM);
	test_memory_make(&h.a, LIBUFFD_BACKING_ANON, 2);
	test_memory_make(&h.s, LIBUFFD_BACKING_SHMEM, 2);
	h.content = calloc(1, 4096);
	h.anon = REGION(h.ctx, &h.a, LIBUFFD_MISSING, .fault = fault_never);
	h.shared = REGION(h.ctx, &h.s, LIBUFFD_MISSING | LIBUFFD_MINOR, .fault = fault_never);
	EXPECT(uffd_loop_open(&h.loop, h.ctx, &o), 0);
	EXPECT(uffd_claim(h.anon, 0, h.a.page, &e), 0);
	in_child(child, &h);

	/* The parent has noticed nothing. */
	EXPECT(uffd_region_page(h.anon, 0), LIBUFFD_PAGE_BUSY);
	EXPECT(uffd_copy(h.anon, 0, h.content, h.a.page, 0), 0);
	EXPECT(uffd_region_page(h.shared, 0), LIBUFFD_PAGE_EMPTY);
	EXPECT(uffd_loop_dispatch(h.loop, 0), 0);
	EXPECT(uffd_loop_close(h.loop), 0);
	EXPECT(uffd_ctx_close(h.ctx, LIBUFFD_CLOSE_DROP), 0);
	free(h.content);
	test_memory_free(&h.a);
	test_memory_free(&h.s);
}

TEST_MAIN(refused)
