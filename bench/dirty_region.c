/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: memory that is registered with the library for write protection, and its loop.
 * Must never: say how writes are noticed: the features do.
 */
#include "dirty_region.h"

#include <errno.h>
#include <string.h>

#include "util.h"

static int open_context(struct uffd_ctx **ctx, uint64_t features)
{
	struct uffd_ctx_opts opts = {.size = sizeof(opts), .features = features};
	int error = uffd_ctx_open(ctx, &opts);

	if (error != -EPERM)
		return error;
	opts.flags = LIBUFFD_CTX_USER_MODE_ONLY;
	return uffd_ctx_open(ctx, &opts);
}

int dirty_region_open(struct dirty_region *r, void *memory, size_t length, uint64_t features)
{
	struct uffd_region_opts opts = {.size = sizeof(opts)};
	int error = open_context(&r->ctx, features);

	if (error)
		return error;
	r->looping = false;
	error = uffd_region_add(&r->region, r->ctx, memory, length, LIBUFFD_WP, &opts);
	if (!error && !(features & UFFD_FEATURE_WP_ASYNC)) {
		error = loop_thread_start(&r->loop, r->ctx, -1, LIBUFFD_POLLER_AUTO,
					  LIBUFFD_SPIN_ADAPTIVE);
		r->looping = !error;
	}
	if (error)
		dirty_region_close(r);
	return error;
}

void dirty_region_close(struct dirty_region *r)
{
	int error;

	if (r->looping)
		loop_thread_stop(&r->loop);
	error = uffd_ctx_close(r->ctx, LIBUFFD_CLOSE_REFUSE);
	if (error)
		fatal("uffd_ctx_close: %s", strerror(-error));
}
