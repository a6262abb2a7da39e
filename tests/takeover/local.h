/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: contexts with state over memory of the test's own process, for what needs no other one.
 * Must never: fault on it.
 */
#ifndef LOCAL_H
#define LOCAL_H

#include "serve.h"

#include <uffd/raw.h>

static inline int local_state(void)
{
	int fd = memfd_create("state", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static inline int local_try(struct uffd_ctx **ctx, int state, uint64_t features)
{
	struct uffd_ctx_opts opts = {.size = sizeof(opts),
				     .flags = LIBUFFD_CTX_STATE,
				     .state_fd = state,
				     .features = features};

	return uffd_ctx_open(ctx, &opts);
}

static inline struct uffd_ctx *local_ctx(int state)
{
	struct uffd_ctx *ctx = NULL;

	close(test_uffd(UFFD_FEATURE_EVENT_REMOVE)); /* skips where there is none */
	ck_assert_int_eq(local_try(&ctx, state, UFFD_FEATURE_EVENT_REMOVE), 0);
	return ctx;
}

static inline int local_fault(struct uffd_region *region, const struct uffd_extent *extent,
			      void *user)
{
	(void)user;
	return (int)uffd_zero(region, extent->offset, extent->length, 0);
}

static inline int local_add(struct uffd_region **r, struct uffd_ctx *ctx, void *at, size_t length)
{
	struct uffd_region_opts opts = {.size = sizeof(opts), .fault = local_fault};

	return uffd_region_add(r, ctx, at, length, LIBUFFD_MISSING, &opts);
}

/* Whether a loop would be opened: 0, or what it says. */
static inline int local_loop(struct uffd_ctx *ctx)
{
	struct uffd_loop_opts opts = {.size = sizeof(opts), .poller = LIBUFFD_POLLER_POLL};
	struct uffd_loop *loop = NULL;
	int ret = uffd_loop_open(&loop, ctx, &opts);

	if (ret == 0)
		ck_assert_int_eq(uffd_loop_close(loop), 0);
	return ret;
}

/* Ends a context as the death of its process would, but that its memory is nobody's then. */
static inline void local_release(struct uffd_ctx *ctx)
{
	int fd;

	ck_assert_int_eq(uffd_ctx_release(ctx, &fd), 0);
	close(fd);
}

#endif
