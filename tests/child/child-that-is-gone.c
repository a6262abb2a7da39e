/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A child that has ended is not adopted (-ESRCH), and can be dropped; one that ends while it is
 * served ends its loop with the first content that it is brought.
 */
#include "forked.h"

#define PAGES 8u

static struct served s;
static struct forked_queue q;

static int ends(void *arg)
{
	return *(volatile uint8_t *)served_page(&s, 2) == *(uint8_t *)arg ? 0 : 1;
}

static void child_that_is_gone(void)
{
	struct uffd_loop_opts opts = forked_loop_opts(&q);
	uint8_t byte = content_byte(2 * (uint64_t)sysconf(_SC_PAGESIZE));
	struct uffd_ctx *ctx = NULL;
	struct uffd_child *child;
	struct uffd_region *r;
	struct adopted a;
	struct forked f;
	pid_t pid;

	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_EVENT_FORK, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault_around = 4096});
	s.loop = serve_start(s.ctx, &opts);
	pid = fork();
	if (pid == 0)
		_exit(0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	child = forked_next(&q);
	ck_assert_int_eq(uffd_child_adopt(&ctx, child, NULL), -ESRCH);
	ck_assert_ptr_null(ctx);
	ck_assert_int_ge(fcntl(uffd_child_fd(child), F_GETFD), 0);
	uffd_child_drop(child);

	forked_make(&f, ends, &byte);
	adopt_child(&a, forked_next(&q), &q);
	r = uffd_region_lookup(a.ctx, s.m.at, NULL);
	ck_assert_ptr_nonnull(r);
	ck_assert_ptr_ne(r, s.region);
	forked_go(&f);
	ck_assert_int_eq(forked_end(&f), 0);
	ck_assert_int_eq(uffd_demand(r, 0, s.m.page, NULL), -ESRCH);
	ck_assert_int_eq(uffd_loop_close(a.loop), 0);
	/* Nobody is owed anything. */
	ck_assert_int_eq(uffd_ctx_close(a.ctx, LIBUFFD_CLOSE_REFUSE), 0);
	/* What served_fault() was told of the child. */
	ck_assert_int_eq(atomic_exchange(&s.error, 0), -ESRCH);
	serve_end(&s);
}

TEST_MAIN(child_that_is_gone)
