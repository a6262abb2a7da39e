/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A page that a thread waits for and whose content cannot be had: held until somebody resumes it.
 */
#ifndef INPUT_HELD_H
#define INPUT_HELD_H

#include "input.h"

struct held {
	struct uffd_ctx *ctx;
	struct uffd_loop *loop;
	struct uffd_region *r;
	struct test_memory m;
	struct toucher t;   /* waits for page 0 */
	_Atomic int answer; /* of the callback; 0: it brings 0x42 */
	_Atomic int asked;
};

static inline int held_fault(struct uffd_region *r, const struct uffd_extent *e, void *user)
{
	struct held *h = user;
	uint8_t content[2 * 4096];

	memset(content, 0x42, sizeof(content));
	atomic_fetch_add(&h->asked, 1);
	if (atomic_load(&h->answer))
		return atomic_load(&h->answer);
	return uffd_copy(r, e->offset, content, e->length, 0);
}

static inline void held_loop(struct held *h)
{
	struct uffd_loop_opts o = {.size = sizeof(o), .poller = test_poller()};

	EXPECT(uffd_loop_start(&h->loop, h->ctx, &o), 0);
}

/* Two pages; page 0 is held, and the loop is closed again when it is. */
static inline void held_make(struct held *h)
{
	memset(h, 0, sizeof(*h));
	atomic_store(&h->answer, -EIO);
	h->ctx = ctx_make(0, UFFD_FEATURE_POISON);
	test_memory_make(&h->m, LIBUFFD_BACKING_ANON, 2);
	h->r = REGION(h->ctx, &h->m, LIBUFFD_MISSING, .fault = held_fault, .user = h,
		      .fault_around = h->m.page, .on_error = LIBUFFD_ON_ERROR_HOLD,
		      .max_retries = UINT32_MAX);
	held_loop(h);
	touch_start(&h->t, h->m.at, false, 0);
	while (!atomic_load(&h->asked))
		sched_yield();
	EXPECT(uffd_loop_close(h->loop), 0);
	ck_assert_int_eq(LIBUFFD_PAGE_STATE(uffd_region_page(h->r, 0)), LIBUFFD_PAGE_BUSY);
}

#endif
