/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: reading messages, and applying events to the regions in the same breath.
 * Must never: answer a fault, or call back under the gate.
 *
 * Where a context has events they are read under the gate, held exclusive, until there are none
 * left: faults overtake events in the kernel (a fault that comes after a REMOVE is read before it,
 * seen on 6.18), so no fault may be answered before everything has been read; and an install
 * between reading a REMOVE and noting it would bring back what was thrown away.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <uffd/raw.h>

#include "loop/loop.h"
#include "memory/change.h"
#include "memory/child.h"
#include "memory/statefile.h"
#include "util/pages.h"

_Static_assert(BATCH <= STATE_JOURNAL, "what is read at once fits into the journal");

#define FIRST_CAPACITY 2048u /* messages: 64 KiB, resident as they are used */

bool queue_reserve(struct queue *q, uint32_t more)
{
	uint32_t capacity = q->capacity ? q->capacity : FIRST_CAPACITY;
	struct uffd_msg *at;

	if (q->head) {
		memmove(q->at, q->at + q->head, q->count * sizeof(*q->at));
		q->head = 0;
	}
	while (capacity < q->count + more)
		capacity *= 2;
	if (capacity == q->capacity)
		return true;
	at = pages_alloc(capacity * sizeof(*at));
	if (!at)
		return false;
	if (q->count)
		memcpy(at, q->at, q->count * sizeof(*at));
	queue_free(q);
	q->at = at;
	q->capacity = capacity;
	return true;
}

void queue_free(struct queue *q)
{
	pages_free(q->at, q->capacity * sizeof(*q->at));
	q->at = NULL;
}

void queue_push(struct queue *q, const struct uffd_msg *msg)
{
	q->at[q->head + q->count++] = *msg;
}

/* Where a queued fork has what it left, behind the descriptor: the kernel's union has room. */
static void set_child(struct uffd_msg *msg, struct uffd_child *child)
{
	msg->arg.reserved.reserved2 = (uint64_t)(uintptr_t)child;
}

static struct uffd_child *child_of(const struct uffd_msg *msg)
{
	return (struct uffd_child *)(uintptr_t)msg->arg.reserved.reserved2;
}

static void apply(struct uffd_loop *loop, struct uffd_msg *msg)
{
	struct uffd_ctx *ctx = loop->ctx;

	switch (msg->event) {
	case UFFD_EVENT_REMOVE:
		ctx_count_by_reader(ctx, COUNTER(events_remove), 1);
		change_removed(ctx, msg->arg.remove.start, msg->arg.remove.end);
		break;
	case UFFD_EVENT_UNMAP:
		ctx_count_by_reader(ctx, COUNTER(events_unmap), 1);
		change_unmapped(ctx, msg->arg.remove.start, msg->arg.remove.end);
		break;
	case UFFD_EVENT_REMAP:
		ctx_count_by_reader(ctx, COUNTER(events_remap), 1);
		change_moved(ctx, msg->arg.remap.from, msg->arg.remap.to, msg->arg.remap.len);
		break;
	case UFFD_EVENT_FORK:
		ctx_count_by_reader(ctx, COUNTER(events_fork), 1);
		set_child(msg, loop->children ? child_make(ctx, (int)msg->arg.fork.ufd) : NULL);
		break;
	}
}

/* Whether somebody is to hear of it: the callback, or whoever closes a child's descriptor. */
static bool is_told(const struct uffd_loop *loop, const struct uffd_msg *msg)
{
	return loop->event || msg->event == UFFD_EVENT_FORK;
}

/*
 * Reads until there is nothing left. Under the gate, exclusive. Where somebody may have to go on
 * with it, what is read is in the state file until it has been applied.
 */
static int read_and_apply(struct uffd_loop *loop)
{
	struct statefile *state = loop->ctx->state;
	struct uffd_msg buffer[BATCH], *messages = state ? statefile_journal(state) : buffer;
	int total = 0;

	for (;;) {
		int64_t n;

		/* Room before reading: a message that was read must not be lost. */
		if (!queue_reserve(&loop->faults, BATCH) || !queue_reserve(&loop->events, BATCH))
			return total ? total : -ENOMEM;
		n = uffd_raw_read(loop->ctx->fd, messages, BATCH);
		if (n == -EINTR)
			continue;
		if (n < 0)
			return n == -EAGAIN || total ? total : (int)n;
		for (int64_t i = 0; i < n; i++) {
			if (messages[i].event == UFFD_EVENT_PAGEFAULT) {
				queue_push(&loop->faults, &messages[i]);
			} else {
				apply(loop, &messages[i]);
				if (is_told(loop, &messages[i]))
					queue_push(&loop->events, &messages[i]);
			}
		}
		if (state)
			statefile_wipe_journal(state, (unsigned int)n);
		total += (int)n;
		/*
		 * Many threads that discard may keep the queue from ever being empty. What is not
		 * read holds installs up (EAGAIN), so nothing wrong comes of leaving it.
		 */
		if (atomic_load_explicit(&loop->stopped, memory_order_relaxed))
			return total;
	}
}

int gather(struct uffd_loop *loop)
{
	int n;

	if (ctx_has_events(loop->ctx)) {
		loop->ops->forget(loop->poller);
		gate_exclude(&loop->ctx->gate);
		n = read_and_apply(loop);
		gate_leave(&loop->ctx->gate);
		return n;
	}
	if (!queue_reserve(&loop->faults, BATCH))
		return -ENOMEM;
	n = loop->ops->fetch(loop->poller, loop->faults.at + loop->faults.count, BATCH);
	if (n > 0)
		loop->faults.count += (uint32_t)n;
	return n;
}

static void tell(struct uffd_loop *loop, const struct uffd_msg *msg)
{
	struct uffd_event event = {.fd = -1};

	switch (msg->event) {
	case UFFD_EVENT_FORK:
		event.kind = LIBUFFD_EVENT_FORK;
		event.child = child_of(msg);
		if (!event.child)
			event.fd = (int32_t)msg->arg.fork.ufd;
		break;
	case UFFD_EVENT_REMAP:
		event.kind = LIBUFFD_EVENT_REMAP;
		event.address = msg->arg.remap.from;
		event.new_address = msg->arg.remap.to;
		event.length = msg->arg.remap.len;
		break;
	case UFFD_EVENT_REMOVE:
	case UFFD_EVENT_UNMAP:
		event.kind = msg->event == UFFD_EVENT_REMOVE ? LIBUFFD_EVENT_REMOVE
							     : LIBUFFD_EVENT_UNMAP;
		event.address = msg->arg.remove.start;
		event.length = msg->arg.remove.end - msg->arg.remove.start;
		break;
	}
	if (loop->event)
		loop->event(loop->ctx, &event, loop->user);
	else if (event.fd >= 0)
		close(event.fd);
}

void tell_events(struct uffd_loop *loop)
{
	while (loop->events.count) {
		struct uffd_msg msg = loop->events.at[loop->events.head++];

		loop->events.count--;
		tell(loop, &msg);
	}
	loop->events.head = 0;
}
