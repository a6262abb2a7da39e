/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See events.h. What the program does whose memory it is, as the input says. */
#include "events.h"

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

void program_touch(void)
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

/* Events that change nothing: of no length, of no region, or none that could be. */
void program_say(void)
{
	uint8_t how = take();
	uint64_t end, start = take_range(1, &end);
	struct uffd_msg msg = {.event = UFFD_EVENT_REMOVE + how % 3};

	if (how & 0x80 && (kernel_is_changing() || model_has_pages(start, end)))
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
void program_change(void)
{
	uint8_t what = take() % 8;

	if (handler.keeps_state || what < 3)
		do_remove();
	else if (what < 5)
		do_unmap();
	else if (what < 7)
		do_remap();
	else if (!handler.forking)
		handler.forking = kernel_fork();
}
