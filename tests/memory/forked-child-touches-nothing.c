/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * In a forked child every function on a handle of the parent says -ECHILD and closing frees the
 * child's copy; the parent, its region and who waits in it notice nothing.
 */
#include "claims.h"

#include <sys/wait.h>

/* ck_assert_* is for the parent: the child says the line that is not so. */
#define CHILD_CHECK(condition)                                                                     \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: in the child: %s\n", __FILE__, __LINE__,           \
				#condition);                                                       \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

static int freed;

static void note(void *user)
{
	(void)user;
	freed++;
}

static void child(struct served *s, bool region_first)
{
	struct uffd_stats stats = {.size = sizeof(stats)};
	struct uffd_region_opts opts = {.size = sizeof(opts), .fault = served_fault};
	struct uffd_region *r = s->region, *more;
	uint64_t page = s->m.page;
	struct uffd_extent e;
	int fd;

	CHILD_CHECK(uffd_ctx_fd(s->ctx) == -ECHILD);
	CHILD_CHECK(uffd_ctx_stats(s->ctx, &stats) == -ECHILD);
	CHILD_CHECK(uffd_ctx_release(s->ctx, &fd) == -ECHILD);
	CHILD_CHECK(uffd_region_add(&more, s->ctx, s->m.at, page, LIBUFFD_MISSING, &opts) ==
		    -ECHILD);
	CHILD_CHECK(uffd_region_page(r, 0) == -ECHILD);
	CHILD_CHECK(uffd_region_resume(r) == -ECHILD);
	CHILD_CHECK(uffd_region_lookup(s->ctx, s->m.at, NULL) == NULL);
	CHILD_CHECK(uffd_region_address(r, 0) == NULL);
	CHILD_CHECK(uffd_claim(r, 0, page, &e) == -ECHILD);
	CHILD_CHECK(uffd_copy(r, page, s->content, page, 0) == -ECHILD);
	CHILD_CHECK(uffd_zero(r, page, page, 0) == -ECHILD);
	CHILD_CHECK(uffd_move(r, page, s->content, page, 0) == -ECHILD);
	CHILD_CHECK(uffd_poison(r, page, page) == -ECHILD);
	CHILD_CHECK(uffd_abandon(r, page, page) == -ECHILD);
	CHILD_CHECK(uffd_writeprotect(r, page, page, 1) == -ECHILD);
	CHILD_CHECK(uffd_wake(r, page, page) == -ECHILD);
	CHILD_CHECK(uffd_demand(r, page, page, NULL) == -ECHILD);
	CHILD_CHECK(uffd_prefetch(r, page, page) == -ECHILD);
	CHILD_CHECK(uffd_discard(r, page, page) == -ECHILD);
	if (region_first) {
		int ret = uffd_region_remove(r, LIBUFFD_CLOSE_DROP);

		/* A closing function frees the child's copy. */
		CHILD_CHECK(ret == 0 || ret == -ECHILD);
	}
	CHILD_CHECK(uffd_ctx_close(s->ctx, LIBUFFD_CLOSE_REFUSE) == 0);
	CHILD_CHECK(freed == 1);
	_exit(0);
}

static void touches_nothing(void)
{
	struct uffd_region_opts opts = {.fault = served_fault, .user_free = note};
	struct served s = {0};
	struct toucher t;

	for (int region_first = 0; region_first < 2; region_first++) {
		int status = 0;
		pid_t pid;

		memset(&s, 0, sizeof(s));
		freed = 0;
		test_memory_make(&s.m, LIBUFFD_BACKING_ANON, 8);
		s.content = content_make(s.m.length);
		s.ctx = serve_ctx_flags(UFFD_FEATURE_MOVE | UFFD_FEATURE_POISON,
					LIBUFFD_CTX_DISCARDS);
		opts.user = &s;
		opts.wp_fault = count_wp;
		s.region = serve_region(&s, &s.m, LIBUFFD_MISSING | LIBUFFD_WP, opts);
		claim(&s, 1, 2);
		wait_start(&s, &t, 1);
		pid = fork();
		if (pid == 0)
			child(&s, region_first);
		ck_assert_int_gt(pid, 0);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_int_eq(status, 0);
		ck_assert_int_eq(freed, 0);
		ck_assert(touch_asleep(&t));
		ck_assert_uint_eq(page_state(&s, 1), LIBUFFD_PAGE_BUSY | LIBUFFD_PAGE_WAITERS);
		ck_assert_int_eq(
			uffd_copy(s.region, s.m.page, s.content + s.m.page, 2 * s.m.page, 0), 0);
		wait_end(&t, first_byte(&s, 1));
		ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
		expect_content(&s, 0, 8);
		serve_end(&s);
		ck_assert_int_eq(freed, 1);
	}
}
TEST_MAIN(touches_nothing)
