/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what a loop is made of: a poller, a queue of messages, the batch being answered.
 * Must never: be seen by the layers below; they know struct reader_ops.
 */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include <uffd/loop.h>

#include "loop/poller.h"
#include "loop/spin.h"
#include "memory/context.h"
#include "memory/pagestate.h"

#define BATCH          64u
#define MEASURED_FIRST 1024u
#define MEASURED_OF    16u

/* Messages that have been read and not been dispatched. */
struct queue {
	struct uffd_msg *at;
	uint32_t head;
	uint32_t count;
	uint32_t capacity;
};

/* A fault that has its claim. */
struct admitted {
	struct uffd_region *region;
	struct page_run run;
	struct uffd_extent extent;
	bool again;   /* complete already: map it for those who wait */
	bool trusted; /* MINOR in a region that trusts the cache */
};

struct uffd_loop {
	struct uffd_ctx *ctx;
	pid_t pid; /* who made it; in a child the context may be gone before the loop */
	const struct poller_ops *ops;
	struct poller *poller;
	int wakefd;
	uffd_event_fn event;
	void *user;
	bool children; /* what forks comes with the event */
	struct spin spin;

	struct queue faults;
	struct queue events; /* applied, not yet told to the callback */
	struct admitted batch[BATCH];
	uint64_t batches; /* so far */

	_Atomic bool stopped;
	bool ending;                  /* nothing more is begun in the background */
	_Atomic uint64_t work_at;     /* when the filler wants to be called again, 0: never */
	_Atomic uintptr_t dispatcher; /* the pthread_t in run or dispatch, or 0 */
	bool own_thread;
	pthread_t thread;
};

/* Queue of messages: grows, and is reused. */
bool queue_reserve(struct queue *q, uint32_t more); /* contiguous room behind the last */
void queue_free(struct queue *q);
void queue_push(struct queue *q, const struct uffd_msg *msg);

/* Reads what there is into the queues, applying events. How many messages, or -errno. */
int gather(struct uffd_loop *loop);
/* Tells the callback of the events that have been applied. */
void tell_events(struct uffd_loop *loop);
/* Answers every queued fault. read_at: when they were read, 0: not to be measured. */
void dispatch_faults(struct uffd_loop *loop, uint64_t read_at);

/* Wakes whoever waits in the loop. Any thread, any signal handler. */
void loop_kick(struct uffd_loop *loop);
/* Dispatches until it is stopped. 0, or -errno. */
int loop_run(struct uffd_loop *loop);
/*
 * Ends the requests under way, so that the userfaultfd is nobody's but the context's, and answers
 * what they had taken from it. 0, or -EBUSY: reads are under way in another thread.
 */
int loop_disarm(struct uffd_loop *loop);
/* Hands out the answers of reads. How many. */
int answer_reads(struct uffd_loop *loop);

#endif
