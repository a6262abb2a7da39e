/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A child with memory that it shares with its parent is not adopted (-EOPNOTSUPP), nor with options
 * that are wrong; it is still the caller's then. Dropped, it goes on by itself.
 */
#include "forked.h"

#define PAGES 8u

static struct served s;
static struct forked_queue q;

static int looks(void *arg)
{
	(void)arg;
	return content_is(served_page(&s, 1), s.m.page, s.m.page) ? 0 : 1;
}

static void refused(uint32_t backing)
{
	struct uffd_loop_opts opts = forked_loop_opts(&q);
	struct uffd_ctx_opts ctx_opts = {.size = sizeof(ctx_opts), .flags = LIBUFFD_CTX_DISCARDS};
	uint32_t modes = LIBUFFD_MISSING | (backing == LIBUFFD_BACKING_SHMEM ? LIBUFFD_MINOR : 0);
	struct uffd_ctx *ctx = NULL;
	struct uffd_child *child;
	struct forked f;

	memset(&q, 0, sizeof(q));
	serve(&s, backing, PAGES, UFFD_FEATURE_EVENT_FORK, modes, (struct uffd_region_opts){0});
	s.loop = serve_start(s.ctx, &opts);
	ck_assert(served_right(&s, 1));
	forked_make(&f, looks, NULL);
	child = forked_next(&q);
	ck_assert_int_eq(uffd_child_adopt(&ctx, child, &ctx_opts), -EINVAL);
	ctx_opts.flags = 0;
	ctx_opts.features = UFFD_FEATURE_EVENT_FORK;
	ck_assert_int_eq(uffd_child_adopt(&ctx, child, &ctx_opts),
			 backing == LIBUFFD_BACKING_SHMEM ? -EOPNOTSUPP : -EINVAL);
	ck_assert_int_eq(uffd_child_adopt(NULL, child, NULL), -EINVAL);
	ck_assert_int_eq(uffd_child_adopt(&ctx, NULL, NULL), -EINVAL);
	if (backing == LIBUFFD_BACKING_SHMEM)
		ck_assert_int_eq(uffd_child_adopt(&ctx, child, NULL), -EOPNOTSUPP);
	ck_assert_ptr_null(ctx);
	ck_assert_int_ge(fcntl(uffd_child_fd(child), F_GETFD), 0);
	uffd_child_drop(child);
	forked_go(&f);
	ck_assert_int_eq(forked_end(&f), 0);
	for (size_t p = 0; p < PAGES; p++)
		ck_assert(served_right(&s, p));
	serve_end(&s);
}

static void shared_memory(void)
{
	refused(LIBUFFD_BACKING_SHMEM);
	refused(LIBUFFD_BACKING_ANON);
}

TEST_MAIN(shared_memory)
