/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A context with REMOVE events that nobody reads yet, while a thread is in the madvise() of one. */
#ifndef CHANGING_H
#define CHANGING_H

#include "call.h"
#include "claims.h"

#define CHANGING_PAGES 4

/* Page 0 is complete and being thrown away, the others are claimed. */
static inline void changing_make(struct served *s, struct call *c)
{
	memset(s, 0, sizeof(*s));
	test_memory_make(&s->m, LIBUFFD_BACKING_ANON, CHANGING_PAGES);
	s->content = content_make(s->m.length);
	s->ctx = serve_ctx(UFFD_FEATURE_EVENT_REMOVE);
	claims_add(s, LIBUFFD_MISSING, 0);
	claim(s, 0, CHANGING_PAGES);
	ck_assert_int_eq(uffd_copy(s->region, 0, s->content, s->m.page, 0), 0);
	call_madvise(c, s->m.at, s->m.page, MADV_DONTNEED);
	/* Its letter alone might be that of a moment's wait for a lock. */
	expect_readable(uffd_ctx_fd(s->ctx));
	ck_assert(call_asleep(c));
}

#endif
