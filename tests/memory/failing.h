/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A callback that fails as long as it is told to. */
#ifndef FAILING_H
#define FAILING_H

#include "claims.h"

static _Atomic int failing; /* 0, or the error */

static inline int fail_while_failing(struct uffd_region *r, const struct uffd_extent *e, void *user)
{
	int error = atomic_load(&failing);

	return error ? error : served_fault(r, e, user);
}

static inline void failing_make(struct served *s, uint32_t backing, uint32_t on_error,
				uint32_t max_retries)
{
	struct uffd_region_opts opts = {.fault = fail_while_failing,
					.user = s,
					.on_error = on_error,
					.max_retries = max_retries,
					.retry_ns = 100000};

	memset(s, 0, sizeof(*s));
	test_memory_make(&s->m, backing, claim_pages(backing));
	s->content = content_make(s->m.length);
	s->ctx = serve_ctx(UFFD_FEATURE_POISON);
	s->region = serve_region(s, &s->m, fill_modes(backing), opts);
}

#endif
