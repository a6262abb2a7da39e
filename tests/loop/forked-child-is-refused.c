/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * In a forked child every function says -ECHILD, the closing ones free its copy and say 0, and the
 * parent's context goes on as if nothing had been.
 */
#include "serve.h"

#include <sys/wait.h>

static _Atomic int calls_in_child;

static int counts_in_child(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	atomic_fetch_add(&calls_in_child, 1);
	return served_fault(region, extent, user);
}

#define EXPECT_ECHILD(call)                                                                        \
	do {                                                                                       \
		int ret_ = (int)(call);                                                            \
		if (ret_ != -ECHILD) {                                                             \
			fprintf(stderr, "%s: %d\n", #call, ret_);                                  \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)
#define EXPECT_TRUE(condition)                                                                     \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "not so: %s\n", #condition);                               \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

static void child(struct served *s)
{
	struct uffd_region_opts region_opts = {.size = sizeof(region_opts), .fault = served_fault};
	struct uffd_loop_opts loop_opts = serve_loop_opts();
	struct uffd_stats stats = {.size = sizeof(stats)};
	struct uffd_extent extent;
	struct uffd_region *region;
	struct uffd_loop *loop;
	int fd;

	EXPECT_ECHILD(uffd_loop_run(s->loop));
	EXPECT_ECHILD(uffd_loop_dispatch(s->loop, 0));
	EXPECT_ECHILD(uffd_loop_fd(s->loop));
	EXPECT_ECHILD(uffd_loop_timeout(s->loop));
	EXPECT_ECHILD(uffd_loop_stop(s->loop));
	EXPECT_ECHILD(uffd_loop_open(&loop, s->ctx, &loop_opts));
	EXPECT_ECHILD(uffd_loop_start(&loop, s->ctx, &loop_opts));
	EXPECT_ECHILD(uffd_ctx_fd(s->ctx));
	EXPECT_ECHILD(uffd_ctx_stats(s->ctx, &stats));
	EXPECT_ECHILD(uffd_ctx_release(s->ctx, &fd));
	EXPECT_ECHILD(uffd_region_add(&region, s->ctx, s->m.at, s->m.length, LIBUFFD_MISSING,
				      &region_opts));
	EXPECT_ECHILD(uffd_region_remove(s->region, LIBUFFD_CLOSE_DROP));
	EXPECT_ECHILD(uffd_region_page(s->region, 0));
	EXPECT_ECHILD(uffd_region_resume(s->region));
	EXPECT_ECHILD(uffd_copy(s->region, 0, s->content, s->m.page, 0));
	EXPECT_ECHILD(uffd_zero(s->region, 0, s->m.page, 0));
	EXPECT_ECHILD(uffd_poison(s->region, 0, s->m.page));
	EXPECT_ECHILD(uffd_abandon(s->region, 0, s->m.page));
	EXPECT_ECHILD(uffd_claim(s->region, 0, s->m.page, &extent));
	EXPECT_ECHILD(uffd_wake(s->region, 0, s->m.page));
	EXPECT_ECHILD(uffd_demand(s->region, 0, s->m.page, NULL));
	EXPECT_ECHILD(uffd_prefetch(s->region, 0, s->m.page));
	EXPECT_ECHILD(uffd_discard(s->region, 0, s->m.page));
	EXPECT_TRUE(uffd_region_lookup(s->ctx, s->m.at, NULL) == NULL);
	EXPECT_TRUE(uffd_region_address(s->region, 0) == NULL);
	EXPECT_TRUE(uffd_loop_close(s->loop) == 0);
	EXPECT_TRUE(uffd_ctx_close(s->ctx, LIBUFFD_CLOSE_REFUSE) == 0);
	EXPECT_TRUE(atomic_load(&calls_in_child) == 0);
	_exit(0);
}

static void forked(bool own_thread, uint64_t features)
{
	struct served s;
	int status;
	pid_t pid;

	serve(&s, LIBUFFD_BACKING_ANON, 48, features, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault = counts_in_child});
	s.loop = own_thread ? serve_start(s.ctx, NULL) : serve_open(s.ctx, NULL);
	if (own_thread)
		ck_assert(served_right(&s, 0));
	else
		ck_assert_int_eq(uffd_loop_dispatch(s.loop, 0), 0);
	atomic_store(&calls_in_child, 0);
	pid = fork();
	if (pid == 0)
		child(&s);
	ck_assert_int_gt(pid, 0);
	/* While the child is at it, and after. */
	for (size_t k = 1; k < 16 && own_thread; k++)
		ck_assert(served_right(&s, k));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "child: 0x%x", status);
	if (!own_thread) {
		struct toucher t;

		touch_start(&t, served_page(&s, 40), false, 0);
		DISPATCH_UNTIL(s.loop, atomic_load(&t.state) != TOUCH_RUNNING);
		ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
		ck_assert_uint_eq(t.value, s.content[40 * s.m.page]);
	}
	for (size_t k = 0; k < 48 && own_thread; k++)
		ck_assert(served_right(&s, k));
	serve_end(&s);
}

static void forked_child_is_refused(void)
{
	forked(true, 0);
	forked(false, 0);
	forked(true, UFFD_FEATURE_EVENT_REMOVE);
}

TEST_MAIN(forked_child_is_refused)
