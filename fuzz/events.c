/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the fuzz target of events and of the states of pages.
 * Must never: need a userfaultfd, or know how the library does what it does.
 *
 * An input is a byte that says what context it is, and then what the program and its handler do:
 * threads touch memory, throw it away, unmap it, move it, fork; the handler reads, fills, gives up,
 * and is killed at any step of what it does, to be followed by another. See events.h.
 */
#include "events.h"

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <uffd/context.h>
#include <uffd/loop.h>
#include <uffd/resolve.h>

#include "loop/loop.h"
#include "memory/change.h"
#include "memory/region.h"
#include "memory/statefile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STATE_FEATURES                                                                             \
	(UFFD_FEATURE_EVENT_REMOVE | UFFD_FEATURE_POISON | UFFD_FEATURE_MISSING_HUGETLBFS)
#define FEATURES                                                                                   \
	(STATE_FEATURES | UFFD_FEATURE_EVENT_UNMAP | UFFD_FEATURE_EVENT_REMAP |                    \
	 UFFD_FEATURE_EVENT_FORK | UFFD_FEATURE_MISSING_SHMEM | UFFD_FEATURE_MINOR_SHMEM)
/* Where content is copied from: no memory is there. */
#define CONTENT_AT  (UINT64_C(1) << 46)
#define CONTENT_MAX (UINT64_C(1) << 24) /* of a region */
#define MOST_STEPS  256u
#define MOST_ROUNDS 64u

static struct {
	const uint8_t *at, *end;
	struct uffd_ctx *ctx;
	struct uffd_loop *loop;
	uint64_t added;      /* regions so far */
	unsigned int steps;
	unsigned int kill_in; /* so many calls from here on; 0: not */
	bool keeps_state;
	bool forking; /* until the handler is told */
	bool over;
	int state_fd;
	jmp_buf killed;
} world = {.state_fd = -1};

uint8_t take(void)
{
	return world.at < world.end ? *world.at++ : 0;
}

void may_be_killed(void)
{
	if (world.kill_in && --world.kill_in == 0)
		longjmp(world.killed, 1);
}

/* It dies when it has applied some of it; or all, and forgotten some. */
void may_be_killed_applying(const struct uffd_msg *messages, unsigned int count)
{
	unsigned int applied;

	if (!world.kill_in || --world.kill_in)
		return;
	applied = take() % (count + 1);
	for (unsigned int i = 0; i < count && i <= applied; i++) {
		uint64_t start = messages[i].arg.remove.start, end = messages[i].arg.remove.end;

		if (i == applied && end > start)
			end = start + (end - start) / CELL / 2 * CELL;
		if (messages[i].event == UFFD_EVENT_REMOVE)
			change_removed(world.ctx, start, end);
	}
	if (applied == count)
		statefile_wipe_journal(world.ctx->state, take() % (count + 1));
	longjmp(world.killed, 1);
}

/* What the program does. */

/* Mappings of huge pages are changed by whole ones. */
static uint64_t mapping_cells(void)
{
	for (const struct model *m = models; m < models + REGIONS; m++)
		if (m->pages && m->shift == HUGE_SHIFT)
			return UINT64_C(1) << (HUGE_SHIFT - 12);
	return 1;
}

static uint64_t take_range(uint64_t align, uint64_t *end)
{
	uint64_t first = take() % CELLS / align * align;
	uint64_t count = (take() % 48 / align + 1) * align;

	*end = ARENA + (first + count < CELLS ? first + count : CELLS) * CELL;
	return ARENA + first * CELL;
}

static void do_touch(void)
{
	uint8_t first = take();
	/* One, or several in a row. */
	unsigned int count = first & 0x80 ? 1 + take() % 16u : 1;

	for (unsigned int i = 0; i < count; i++)
		kernel_touch(ARENA + (first + i) % CELLS * CELL);
}

static void do_remove(void)
{
	uint64_t end, start = take_range(1, &end);

	kernel_remove(start, end, take() & 1);
}

/* In one piece, or every second page of it. */
static void do_unmap(void)
{
	uint64_t step = mapping_cells(), end, start = take_range(step, &end);

	step *= CELL;
	if (take() & 1)
		kernel_unmap(start, end);
	else
		for (; start < end; start += 2 * step)
			kernel_unmap(start, start + step);
}

static void do_remap(void)
{
	uint64_t align = mapping_cells(), end, from = take_range(align, &end);
	uint64_t to = ARENA + take() % CELLS / align * align * CELL;
	uint64_t length = end - from < ARENA_END - to ? end - from : ARENA_END - to;

	kernel_remap(from, to, length);
}

static bool has_pages(uint64_t start, uint64_t end)
{
	struct model *m;

	for (; start < end; start += CELL)
		if (start >= ARENA && start < ARENA_END && model_at(start, &m))
			return true;
	return false;
}

/* Events that change nothing: of no length, of no region, or none that could be. */
static void do_say(void)
{
	uint8_t how = take();
	uint64_t end, start = take_range(1, &end);
	struct uffd_msg msg = {.event = UFFD_EVENT_REMOVE + how % 3};

	if (how & 0x80 && (kernel_is_changing() || has_pages(start, end)))
		return;
	if (msg.event == UFFD_EVENT_REMAP) {
		msg.arg.remap.from = start;
		msg.arg.remap.to = how & 0x40 ? ARENA_END : UINT64_MAX - CELL + 1;
		msg.arg.remap.len = how & 0x80 ? end - start : 0;
	} else {
		msg.arg.remove.start = how & 0x80 ? start : how & 0x40 ? ARENA_END : end;
		msg.arg.remove.end = how & 0x80 ? end : how & 0x40 ? UINT64_MAX : start;
	}
	kernel_say(&msg);
}

/* What changes the memory; of a handler that may be followed by another only what it can bear. */
static void do_change(void)
{
	uint8_t what = take() % 8;

	if (world.keeps_state || what < 3)
		do_remove();
	else if (what < 5)
		do_unmap();
	else if (what < 7)
		do_remap();
	else if (!world.forking)
		world.forking = kernel_fork();
}

/* What the handler does. */

static void complete(struct model *m, uint64_t first, uint64_t end, uint8_t how)
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
		ret = uffd_copy(m->region, offset,
				(const void *)(uintptr_t)(m->content + offset), length, 0);
	}
	MUST(ret == 0 || ret == -ENOENT ||
	     (how & 0x80 && (ret == -EAGAIN || ret == -ENOMEM || (ret > 0 && (uint64_t)ret < length))));
	kernel_fail(false);
}

static int fault(struct uffd_region *r, const struct uffd_extent *extent, void *user)
{
	struct model *m = user;
	uint64_t first = extent->offset >> m->shift;
	uint64_t end = first + (extent->length >> m->shift);
	uint8_t how = take();

	MUST(m->region == r && !((extent->offset | extent->length) & ((UINT64_C(1) << m->shift) - 1)));
	MUST(extent->fault_offset >= extent->offset &&
	     extent->fault_offset - extent->offset < extent->length && end <= m->pages);
	for (uint64_t i = first; i < end; i++) {
		struct model_page *p = &m->page[i];

		MUST(p->state == LIBUFFD_PAGE_BUSY && !p->held);
		p->held = true;
	}
	if (how & 8)
		do_change();
	if (how & 16)
		kernel_step();
	if ((how & 7) != 7)
		complete(m, first, end, how);
	return 0;
}

static void told(struct uffd_ctx *ctx, const struct uffd_event *event, void *user)
{
	(void)user;
	MUST(ctx == world.ctx);
	if (event->kind == LIBUFFD_EVENT_FORK) {
		MUST(world.forking);
		child_must_be_right(event->child, take() & 1);
		world.forking = false;
	}
}

static struct model *take_model(void)
{
	struct model *m = &models[take() % REGIONS];

	return m->pages ? m : NULL;
}

static void do_complete(void)
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
		complete(m, first, end, take());
}

/* Ranges as a program might give them, which may well be wrong. */
static void do_ask(void)
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
		MUST(uffd_prefetch(m->region, first, length) == expected);
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
static void do_discard(void)
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

	return uffd_region_add(region, world.ctx, (void *)(uintptr_t)m->start,
			       (size_t)(m->pages << m->shift),
			       LIBUFFD_MISSING | (m->shared ? LIBUFFD_MINOR : 0), &o);
}

static struct model describe(uint8_t kind)
{
	struct model m = {.shift = 12};

	if (!world.keeps_state && kind % 4 == 1)
		m.shared = true;
	m.keep = m.shared && kind & 0x80;
	if (kind % 4 == 2)
		m.shift = HUGE_SHIFT;
	m.content = CONTENT_AT + world.added++ * CONTENT_MAX;
	m.pages = 1 + take() % MOST_PAGES;
	m.start = ARENA + ((take() % CELLS * CELL) >> m.shift << m.shift);
	if (m.pages > (ARENA_END - m.start) >> m.shift)
		m.pages = (ARENA_END - m.start) >> m.shift;
	for (uint64_t i = 0; i < m.pages; i++)
		m.page[i].address = m.start + (i << m.shift);
	return m;
}

static void do_add(void)
{
	struct model *m = &models[take() % REGIONS], described;
	uint64_t around = UINT64_C(1) << take() % 6;
	struct uffd_region *region;

	if (m->pages || kernel_is_changing())
		return;
	described = describe(take());
	if (has_pages(described.start, described.start + (described.pages << described.shift))) {
		MUST(add(&described, &region, around) == -EEXIST);
		return;
	}
	*m = described;
	kernel_map(m);
	MUST(add(m, &region, around) == 0);
	m->region = region;
}

static bool has(const struct model *m, bool busy)
{
	for (uint64_t i = 0; i < m->pages; i++) {
		const struct model_page *p = &m->page[i];

		if (p->state == LIBUFFD_PAGE_BUSY ||
		    (!busy && p->state == LIBUFFD_PAGE_EMPTY && !p->discarded))
			return true;
	}
	return false;
}

static void do_end(void)
{
	static const uint32_t ways[] = {LIBUFFD_CLOSE_REFUSE, LIBUFFD_CLOSE_POISON,
					LIBUFFD_CLOSE_DROP};
	struct model *m = take_model();
	uint32_t how = ways[take() % 3];
	bool refused;

	if (!m || kernel_is_changing())
		return;
	refused = has(m, how != LIBUFFD_CLOSE_REFUSE);
	MUST(uffd_region_remove(m->region, how) == (refused ? -EBUSY : 0));
	if (refused)
		return;
	kernel_must_have_let_go(m);
	*m = (struct model){0};
}

/* Its end and its successor. */

static void open_world(void)
{
	struct uffd_ctx_opts o = {.size = sizeof(o)};
	struct uffd_loop_opts l = {
		.size = sizeof(l), .flags = LIBUFFD_LOOP_CHILDREN, .event = told};

	if (world.keeps_state) {
		o.flags = LIBUFFD_CTX_STATE;
		o.state_fd = world.state_fd;
	}
	MUST(uffd_ctx_adopt(&world.ctx, UFFD, world.keeps_state ? STATE_FEATURES : FEATURES, &o) == 0);
	for (struct model *m = models; m < models + REGIONS; m++) {
		struct uffd_region *region;

		if (!m->pages)
			continue;
		MUST(add(m, &region, 1) == 0);
		m->region = region;
	}
	MUST(uffd_loop_open(&world.loop, world.ctx, &l) == 0);
	links_set_loop(world.loop);
}

/* All that it has goes with it, and not a word is said. */
static void die(void)
{
	struct uffd_loop *loop = world.ctx->reader;

	if (loop) {
		queue_free(&loop->faults);
		queue_free(&loop->events);
		close(loop->wakefd);
		free(loop);
	}
	*(uint32_t *)(uintptr_t)world.ctx->alive = 0;
	uffd_ctx_close(world.ctx, LIBUFFD_CLOSE_DROP);
	world.ctx = NULL;
	world.loop = NULL;
	links_set_loop(NULL);
	kernel_fail(false);
	for (struct model *m = models; m < models + REGIONS; m++) {
		model_disown(m);
		m->region = NULL;
	}
}

static void must_be_right(void)
{
	model_must_match(world.ctx);
	kernel_must_be_sane(world.loop);
}

static void turn(void)
{
	MUST(uffd_loop_dispatch(world.loop, 0) >= 0);
}

static void step(void)
{
	switch (take() % 16) {
	case 0:
	case 1:
	case 2:
		do_touch();
		break;
	case 3:
	case 4:
	case 5:
		turn();
		break;
	case 6:
	case 7:
		do_change();
		break;
	case 8:
	case 9:
		do_complete();
		break;
	case 10:
		do_ask();
		break;
	case 11:
		do_discard();
		break;
	case 12:
		kernel_step();
		break;
	case 13:
		do_add();
		break;
	case 14:
		do_end();
		break;
	case 15:
		if (world.keeps_state)
			world.kill_in = 1 + take() % 16u;
		else
			do_say();
		break;
	}
}

static bool complete_all(void)
{
	bool any = false;

	for (struct model *m = models; m < models + REGIONS; m++) {
		for (uint64_t i = 0; i < m->pages; i++) {
			if (!m->page[i].held)
				continue;
			complete(m, i, i + 1, 0);
			any = true;
		}
	}
	return any;
}

/* Everything comes to its end, and soon. */
static void settle(void)
{
	unsigned int rounds = 0;

	do {
		MUST(rounds++ < MOST_ROUNDS);
		turn();
		while (kernel_step())
			;
		must_be_right();
	} while (complete_all() || kernel_has_sleepers() || kernel_is_changing());
}

static void end_world(void)
{
	bool refused = false;

	world.at = world.end;
	world.kill_in = 0;
	settle();
	/* Whoever reads any page of it now gets what he must. */
	for (uint64_t at = ARENA; at < ARENA_END; at += CELL)
		kernel_touch(at);
	settle();
	MUST(uffd_loop_close(world.loop) == 0);
	for (struct model *m = models; m < models + REGIONS; m++)
		refused |= has(m, false);
	if (refused)
		MUST(uffd_ctx_close(world.ctx, LIBUFFD_CLOSE_REFUSE) == -EBUSY);
	MUST(uffd_ctx_close(world.ctx, LIBUFFD_CLOSE_DROP) == 0);
	for (struct model *m = models; m < models + REGIONS; m++)
		kernel_must_have_let_go(m);
}

static void live(void)
{
	if (!world.ctx)
		open_world();
	while (world.at < world.end && world.steps++ < MOST_STEPS) {
		step();
		must_be_right();
	}
	end_world();
	world.over = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	world.at = data;
	world.end = data + size;
	world.keeps_state = take() & 1;
	world.over = world.forking = false;
	world.added = world.steps = world.kill_in = 0;
	world.ctx = NULL;
	memset(models, 0, sizeof(models));
	kernel_reset();
	if (world.state_fd < 0)
		world.state_fd = memfd_create("state", MFD_CLOEXEC);
	MUST(world.state_fd >= 0 && ftruncate(world.state_fd, 0) == 0);
	while (!world.over) {
		if (setjmp(world.killed) == 0)
			live();
		else
			die();
	}
	return 0;
}
