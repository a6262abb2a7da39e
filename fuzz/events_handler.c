/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See events.h. What the handler does that uses the library, as the input says. */
#include "events.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <uffd/context.h>
#include <uffd/loop.h>
#include <uffd/resolve.h>

#include "loop/loop.h"
#include "memory/region.h"

#define STATE_FEATURES                                                                             \
	(UFFD_FEATURE_EVENT_REMOVE | UFFD_FEATURE_POISON | UFFD_FEATURE_MISSING_HUGETLBFS)
#define FEATURES                                                                                   \
	(STATE_FEATURES | UFFD_FEATURE_EVENT_UNMAP | UFFD_FEATURE_EVENT_REMAP |                    \
	 UFFD_FEATURE_EVENT_FORK | UFFD_FEATURE_MISSING_SHMEM | UFFD_FEATURE_MINOR_SHMEM)
/* Where content is copied from: no memory is there. */
#define CONTENT_AT  (UINT64_C(1) << 46)
#define CONTENT_MAX (UINT64_C(1) << 24) /* of a region */

struct handler handler;

void handler_fill(struct model *m, uint64_t first, uint64_t end, uint8_t how)
{
	uint64_t offset = first << m->shift, length = (end - first) << m->shift;
	int64_t ret;

	kernel_fail(how & 0x80);
	switch (how & 7) {
	case 4:
		kernel_allow_zeros(m->content + offset, length);
		ret = uffd_zero(m->region, offset, length, 0);
		break;
	case 5:
		ret = uffd_poison(m->region, offset, length);
		break;
	case 6:
		ret = uffd_abandon(m->region, offset, length);
		break;
	default:
		ret = uffd_copy(m->region, offset, (const void *)(uintptr_t)(m->content + offset),
				length, 0);
	}
	MUST(ret == 0 || ret == -ENOENT ||
	     (how & 0x80 &&
	      (ret == -EAGAIN || ret == -ENOMEM || (ret > 0 && (uint64_t)ret < length))));
	kernel_fail(false);
}

static int fault(struct uffd_region *r, const struct uffd_extent *extent, void *user)
{
	struct model *m = user;
	uint64_t first = extent->offset >> m->shift;
	uint64_t end = first + (extent->length >> m->shift);
	uint8_t how = take();

	MUST(m->region == r &&
	     !((extent->offset | extent->length) & ((UINT64_C(1) << m->shift) - 1)));
	MUST(extent->fault_offset >= extent->offset &&
	     extent->fault_offset - extent->offset < extent->length && end <= m->pages);
	for (uint64_t i = first; i < end; i++) {
		struct model_page *p = &m->page[i];

		MUST(p->state == LIBUFFD_PAGE_BUSY && !p->held);
		p->held = true;
	}
	if (how & 8)
		program_change();
	if (how & 16)
		kernel_step();
	if ((how & 7) != 7)
		handler_fill(m, first, end, how);
	return 0;
}

static void told(struct uffd_ctx *ctx, const struct uffd_event *event, void *user)
{
	(void)user;
	MUST(ctx == handler.ctx);
	if (event->kind == LIBUFFD_EVENT_FORK) {
		MUST(handler.forking);
		child_must_be_right(event->child, take() & 1);
		handler.forking = false;
	}
}

static struct model *take_model(void)
{
	struct model *m = &models[take() % REGIONS];

	return m->pages ? m : NULL;
}

void handler_complete(void)
{
	struct model *m = take_model();
	uint64_t first, end, most;

	if (!m)
		return;
	first = take() % m->pages;
	while (first < m->pages && !m->page[first].held)
		first++;
	most = first + 1 + take() % 32;
	for (end = first; end < m->pages && end < most && m->page[end].held; end++)
		;
	if (first < end)
		handler_fill(m, first, end, take());
}

static bool has_holes(const struct model *m)
{
	uint64_t i = 0;

	while (i < m->pages && m->page[i].address)
		i++;
	return i < m->pages;
}

/* Ranges as a program might give them, which may well be wrong. */
void handler_ask(void)
{
	struct model *m = take_model();
	uint8_t what = take();
	uint64_t first = take(), end = first + 1 + take() % 32, length;
	struct uffd_extent extent;
	int expected, ret;

	if (!m)
		return;
	expected = end <= m->pages ? 0 : -ERANGE;
	length = (end - first) << m->shift;
	first <<= m->shift;
	switch (what % 4) {
	case 0:
		ret = uffd_claim(m->region, first, length, &extent);
		if (ret == 0) {
			for (uint64_t i = 0; i < extent.length; i += UINT64_C(1) << m->shift)
				m->page[(extent.offset + i) >> m->shift].held = true;
		} else {
			MUST(ret == expected || ret == -EBUSY || ret == -EALREADY);
		}
		break;
	case 1:
		/* Some of it may be unmapped while it is filled. */
		ret = uffd_prefetch(m->region, first, length);
		MUST(ret == expected || (ret == -ENOENT && has_holes(m)));
		break;
	case 2:
		MUST(uffd_wake(m->region, first, length) == expected);
		break;
	case 3:
		ret = uffd_abandon(m->region, first, length);
		MUST(ret == expected || ret == -EALREADY || ret == -ENOLCK);
		break;
	}
}

/* The program throws memory away, where no event tells, and says so itself. */
void handler_discard(void)
{
	struct model *m = take_model();
	uint64_t first, end, size;

	if (!m || kernel_is_changing())
		return;
	size = UINT64_C(1) << m->shift;
	first = take() % m->pages;
	end = first + 1 + take() % 32u;
	end = end < m->pages ? end : m->pages;
	model_discard(m, first, end);
	MUST(uffd_discard(m->region, first * size, (end - first) * size) == 0);
	for (; first < end; first++)
		if (m->page[first].address)
			kernel_zap(m->page[first].address, m->page[first].address + size, false,
				   true);
}

static int add(struct model *m, struct uffd_region **region, uint64_t around)
{
	struct uffd_region_opts o = {
		.size = sizeof(o),
		.flags = LIBUFFD_REGION_FOREIGN | (m->keep ? LIBUFFD_REGION_KEEP_ON_REMOVE : 0),
		.backing = m->shared                ? LIBUFFD_BACKING_SHMEM
			   : m->shift == HUGE_SHIFT ? LIBUFFD_BACKING_HUGETLB_PRIVATE
						    : LIBUFFD_BACKING_ANON,
		.page_size = UINT64_C(1) << m->shift,
		.fault_around = around << m->shift,
		.fault = fault,
		.user = m,
		.max_retries = UINT32_MAX,
	};

	return uffd_region_add(region, handler.ctx, (void *)(uintptr_t)m->start,
			       (size_t)(m->pages << m->shift),
			       LIBUFFD_MISSING | (m->shared ? LIBUFFD_MINOR : 0), &o);
}

static struct model describe(uint8_t kind)
{
	struct model m = {.shift = 12};

	if (!handler.keeps_state && kind % 4 == 1)
		m.shared = true;
	m.keep = m.shared && kind & 0x80;
	if (kind % 4 == 2)
		m.shift = HUGE_SHIFT;
	m.content = CONTENT_AT + handler.added++ * CONTENT_MAX;
	m.pages = 1 + take() % MOST_PAGES;
	m.start = ARENA + ((take() % CELLS * CELL) >> m.shift << m.shift);
	if (m.pages > (ARENA_END - m.start) >> m.shift)
		m.pages = (ARENA_END - m.start) >> m.shift;
	for (uint64_t i = 0; i < m.pages; i++)
		m.page[i].address = m.start + (i << m.shift);
	return m;
}

void handler_add(void)
{
	struct model *m = &models[take() % REGIONS], described;
	uint64_t around = UINT64_C(1) << take() % 6;
	struct uffd_region *region;

	if (m->pages || kernel_is_changing())
		return;
	described = describe(take());
	if (model_has_pages(described.start,
			    described.start + (described.pages << described.shift))) {
		MUST(add(&described, &region, around) == -EEXIST);
		return;
	}
	*m = described;
	kernel_map(m);
	MUST(add(m, &region, around) == 0);
	m->region = region;
}

bool handler_has(const struct model *m, bool busy)
{
	for (uint64_t i = 0; i < m->pages; i++) {
		const struct model_page *p = &m->page[i];

		if (p->state == LIBUFFD_PAGE_BUSY ||
		    (!busy && p->state == LIBUFFD_PAGE_EMPTY && !p->discarded))
			return true;
	}
	return false;
}

void handler_end(void)
{
	static const uint32_t ways[] = {LIBUFFD_CLOSE_REFUSE, LIBUFFD_CLOSE_POISON,
					LIBUFFD_CLOSE_DROP};
	struct model *m = take_model();
	uint32_t how = ways[take() % 3];
	bool refused;

	if (!m || kernel_is_changing())
		return;
	refused = handler_has(m, how != LIBUFFD_CLOSE_REFUSE);
	MUST(uffd_region_remove(m->region, how) == (refused ? -EBUSY : 0));
	if (refused)
		return;
	kernel_must_have_let_go(m);
	*m = (struct model){0};
}

/* Its beginning, with what another left, and its end. */

void handler_open(void)
{
	struct uffd_ctx_opts o = {.size = sizeof(o)};
	struct uffd_loop_opts l = {
		.size = sizeof(l), .flags = LIBUFFD_LOOP_CHILDREN, .event = told};

	if (handler.keeps_state) {
		o.flags = LIBUFFD_CTX_STATE;
		o.state_fd = handler.state_fd;
	}
	MUST(uffd_ctx_adopt(&handler.ctx, UFFD, handler.keeps_state ? STATE_FEATURES : FEATURES,
			    &o) == 0);
	for (struct model *m = models; m < models + REGIONS; m++) {
		struct uffd_region *region;

		if (!m->pages)
			continue;
		MUST(add(m, &region, 1) == 0);
		m->region = region;
	}
	MUST(uffd_loop_open(&handler.loop, handler.ctx, &l) == 0);
	links_set_loop(handler.loop);
}

/* All that it has goes with it, and not a word is said. */
void handler_die(void)
{
	struct uffd_loop *loop = handler.ctx->reader;

	if (loop) {
		queue_free(&loop->faults);
		queue_free(&loop->events);
		close(loop->wakefd);
		free(loop);
	}
	*(uint32_t *)(uintptr_t)handler.ctx->alive = 0;
	uffd_ctx_close(handler.ctx, LIBUFFD_CLOSE_DROP);
	handler.ctx = NULL;
	handler.loop = NULL;
	links_set_loop(NULL);
	kernel_fail(false);
	for (struct model *m = models; m < models + REGIONS; m++) {
		model_disown(m);
		m->region = NULL;
	}
}
