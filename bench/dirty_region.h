/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: memory that is registered with the library for write protection, and its loop.
 * Must never: say how writes are noticed: the features do.
 */
#ifndef BENCH_DIRTY_REGION_H
#define BENCH_DIRTY_REGION_H

#include <stdbool.h>

#include "library.h"

struct dirty_region {
	struct uffd_ctx *ctx;
	struct uffd_region *region;
	struct loop_thread loop;
	bool looping;
};

/*
 * features: what the context must have. With a loop, which may run on any CPU, unless writes are
 * noticed by the kernel (UFFD_FEATURE_WP_ASYNC). A negative errno: this machine cannot.
 */
int dirty_region_open(struct dirty_region *r, void *memory, size_t length, uint64_t features);
void dirty_region_close(struct dirty_region *r);

#endif
