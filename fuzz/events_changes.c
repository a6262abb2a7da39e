/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * See events.h. Calls of the program that change its memory. madvise() says what it will do, and
 * does it when its event has been read; the others say what they have done. Until it is read
 * nothing can be installed.
 */
#include "events_cells.h"

#include <string.h>

/* This is no way through the library: the fuzzer need not see where it goes. */
#pragma clang attribute push(__attribute__((no_sanitize("coverage"))), apply_to = function)

/* A call that changes the memory: its event, and how far it has come. */
struct change {
	struct uffd_msg msg;
	enum { UNREAD, READ, TO_ZAP } stage;
	bool hole;
	bool nobody; /* there is no such call */
};

#define CHANGES 40u

static struct change change[CHANGES];
static unsigned int changes;

void changes_reset(void)
{
	changes = 0;
}

bool kernel_is_changing(void)
{
	return changes > 0;
}

bool changes_refuse(void)
{
	for (unsigned int i = 0; i < changes; i++)
		if (!change[i].nobody && change[i].stage != TO_ZAP)
			return true;
	return false;
}

static bool queue_change(const struct uffd_msg *msg, bool hole, bool nobody)
{
	if (changes == CHANGES)
		return false;
	change[changes++] = (struct change){*msg, UNREAD, hole, nobody};
	return true;
}

void kernel_say(const struct uffd_msg *msg)
{
	queue_change(msg, false, true);
}

/* Two calls for the same addresses have an order; there is none for what madvise() would hit. */
static bool is_removing(uint64_t start, uint64_t length)
{
	for (unsigned int i = 0; i < changes; i++) {
		const struct uffd_msg *msg = &change[i].msg;

		if (!change[i].nobody && msg->event == UFFD_EVENT_REMOVE &&
		    start < msg->arg.remove.end && msg->arg.remove.start < start + length)
			return true;
	}
	return false;
}

void kernel_remove(uint64_t start, uint64_t end, bool hole)
{
	struct uffd_msg msg = {.event = UFFD_EVENT_REMOVE};

	msg.arg.remove.start = start;
	msg.arg.remove.end = end;
	queue_change(&msg, hole, false);
}

static void forget_cells(uint64_t start, uint64_t end)
{
	for (uint64_t at = start; at < end; at += CELL)
		*cells(at, CELL) = (struct cell){0};
}

void kernel_unmap(uint64_t start, uint64_t end)
{
	struct uffd_msg msg = {.event = UFFD_EVENT_UNMAP};

	msg.arg.remove.start = start;
	msg.arg.remove.end = end;
	if (!is_removing(start, end - start) && queue_change(&msg, false, false))
		forget_cells(start, end);
}

void kernel_remap(uint64_t from, uint64_t to, uint64_t length)
{
	struct uffd_msg msg = {.event = UFFD_EVENT_REMAP};

	msg.arg.remap.from = from;
	msg.arg.remap.to = to;
	msg.arg.remap.len = length;
	if (is_removing(from, length) || is_removing(to, length) || changes + 2 > CHANGES ||
	    (from < to + length && to < from + length))
		return;
	/* What is there is unmapped first, and that is said first. */
	kernel_unmap(to, to + length);
	memcpy(cells(to, length), cells(from, length), length / CELL * sizeof(struct cell));
	forget_cells(from, from + length);
	queue_change(&msg, false, false);
}

bool kernel_fork(void)
{
	struct uffd_msg msg = {.event = UFFD_EVENT_FORK};

	msg.arg.fork.ufd = CHILD_FD;
	return queue_change(&msg, false, false);
}

static void zap_cell(struct cell *c, bool hole, bool always)
{
	bool keep = c->keep && !always;

	c->present = c->poison = false;
	if (!c->shared) {
		c->what = 0;
		c->allowed = ZEROS;
		return;
	}
	/* Of shared memory only the hole is gone; what had not come may be said to be zeros now. */
	if (hole)
		c->what = 0;
	if (!keep && (hole || !c->what))
		c->allowed = ZEROS;
	else if (!keep || hole)
		c->allowed |= ZEROS;
}

/* Whether the whole page of cell i lies in [start, end), however large it is. */
static bool is_within(unsigned int i, uint64_t start, uint64_t end)
{
	const struct cell *c = &kernel_cell[i];
	uint64_t page = address_of(i) & ~(c->size - 1);

	return c->mapped && page >= start && page + c->size <= end;
}

void kernel_zap(uint64_t start, uint64_t end, bool hole, bool always)
{
	for (unsigned int i = 0; i < CELLS; i++)
		if (is_within(i, start, end))
			zap_cell(&kernel_cell[i], hole, always);
}

/* The handler has read of it: from here to its end its user may find the one or the other. */
static void begin_zap(const struct change *c)
{
	for (unsigned int i = 0; i < CELLS; i++)
		if (is_within(i, c->msg.arg.remove.start, c->msg.arg.remove.end))
			kernel_cell[i].allowed |= ZEROS;
}

/* The call at i goes on after its event was read. */
static void go_on(unsigned int i)
{
	struct change *c = &change[i];

	if (!c->nobody && c->msg.event == UFFD_EVENT_REMOVE) {
		if (c->stage == READ) {
			c->stage = TO_ZAP;
			return;
		}
		kernel_zap(c->msg.arg.remove.start, c->msg.arg.remove.end, c->hole, false);
	}
	changes--;
	memmove(c, c + 1, (changes - i) * sizeof(*c));
}

bool changes_step(void)
{
	for (unsigned int i = 0; i < changes; i++) {
		if (change[i].stage != UNREAD) {
			go_on(i);
			return true;
		}
	}
	return false;
}

unsigned int changes_read(struct uffd_msg *messages, unsigned int count)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < changes && n < count; i++) {
		struct change *c = &change[i];

		if (c->stage != UNREAD)
			continue;
		c->stage = READ;
		messages[n++] = c->msg;
		if (!c->nobody && c->msg.event == UFFD_EVENT_REMOVE)
			begin_zap(c);
		model_apply(&c->msg);
	}
	/* Nobody waits for what nobody has said. */
	for (unsigned int i = changes; i-- > 0;)
		if (change[i].nobody && change[i].stage == READ)
			go_on(i);
	return n;
}

#pragma clang attribute pop
