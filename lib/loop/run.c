/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a loop at work: take a turn, spin, wait, dispatch, stop.
 * Must never: hold a lock while anything is called back.
 */
#include <errno.h>
#include <sched.h>

#include "loop/loop.h"
#include "memory/fill.h"
#include "util/clock.h"

/* Takes the turn to dispatch; the thread that has it is the context's reader. */
static int begin(struct uffd_loop *loop)
{
	uintptr_t nobody = 0, self = (uintptr_t)pthread_self();
	int ret;

	if (!ctx_is_ours(loop->ctx))
		return -ECHILD;
	if (!atomic_compare_exchange_strong(&loop->dispatcher, &nobody, self))
		return -EBUSY;
	atomic_store(&loop->ctx->reader_thread, self);
	ret = loop->ops->arm(loop->poller);
	if (ret < 0)
		atomic_store(&loop->dispatcher, 0);
	else
		atomic_store_explicit(&loop->ctx->counters[COUNTER(multishot)],
				      loop->ops->multishot(loop->poller), memory_order_relaxed);
	return ret;
}

/*
 * The thread stays the reader until another takes a turn: a completion of its own between two turns
 * must know that waiting for somebody else to read would be waiting for itself.
 */
static void end(struct uffd_loop *loop)
{
	atomic_store(&loop->dispatcher, 0);
}

/*
 * Reading the clock twice a fault would be a tenth of what the library adds to one: the first
 * thousand batches are measured, then one of sixteen.
 */
static uint64_t time_of_batch(struct uffd_loop *loop)
{
	uint64_t n = loop->batches++;

	return n < MEASURED_FIRST || n % MEASURED_OF == 0 ? clock_now() : 0;
}

/* Reads once and answers. How many messages, or -errno. */
static int batch(struct uffd_loop *loop)
{
	int n = gather(loop);

	if (!loop->faults.count && !loop->events.count)
		return n;
	if (loop->events.count)
		tell_events(loop);
	dispatch_faults(loop, time_of_batch(loop));
	/* Events that were read while a fault was answered. */
	if (loop->events.count)
		tell_events(loop);
	return n < 0 ? 0 : n;
}

/* Until there is nothing left to read: how many messages, or -errno. */
static int batches(struct uffd_loop *loop)
{
	int n, total = 0;

	/* A full batch may have left some, and a poll that tells of edges would not tell of them.
	 */
	do {
		n = batch(loop);
		total += n > 0 ? n : 0;
	} while (n >= (int)BATCH && !atomic_load_explicit(&loop->stopped, memory_order_relaxed));
	return n < 0 && total == 0 ? n : total;
}

int answer_reads(struct uffd_loop *loop)
{
	struct file_read *read;
	int n = 0;

	while (loop->ops->answered && (read = loop->ops->answered(loop->poller))) {
		bool background = read->background;

		ctx_begin_dispatching(loop->ctx);
		read->done(read, read->result);
		ctx_end_dispatching(loop->ctx);
		n++;
		/* Installing it took a while: a fault that came meanwhile goes before the next. */
		if (background && loop->ops->look(loop->poller) == 0)
			batches(loop);
	}
	return n;
}

static void retry(struct uffd_loop *loop)
{
	uint64_t retry_at = atomic_load_explicit(&loop->ctx->retry_at, memory_order_relaxed);

	if (!retry_at || retry_at > clock_now())
		return;
	ctx_begin_dispatching(loop->ctx);
	fill_retry(loop->ctx, clock_now());
	ctx_end_dispatching(loop->ctx);
}

/* What is done ahead of demand, after it. */
static void work(struct uffd_loop *loop)
{
	const struct filler_ops *filler = atomic_load(&loop->ctx->filler_ops);

	if (!filler || loop->ending)
		return;
	ctx_begin_dispatching(loop->ctx);
	atomic_store_explicit(&loop->work_at, filler->work(loop->ctx->filler),
			      memory_order_relaxed);
	ctx_end_dispatching(loop->ctx);
}

/* Everything but waiting: what there is to read, to the end, what is due, what may be begun. */
static int turn(struct uffd_loop *loop)
{
	int n = batches(loop), answers;

	retry(loop);
	answers = answer_reads(loop);
	work(loop);
	if (atomic_load_explicit(&loop->ctx->dead, memory_order_relaxed))
		return -ESRCH;
	return n < 0 ? n : n + answers;
}

/* Nanoseconds that a wait may take, at most limit (-1: for ever), for what is due to be in time. */
static int64_t until_due(struct uffd_loop *loop, int64_t limit)
{
	uint64_t due = atomic_load(&loop->ctx->retry_at), now;
	uint64_t work_at = atomic_load_explicit(&loop->work_at, memory_order_relaxed);
	int64_t left;

	if (work_at && (!due || work_at < due))
		due = work_at;
	if (!due)
		return limit;
	now = clock_now();
	left = due > now ? (int64_t)(due - now) : 0;
	return limit < 0 || left < limit ? left : limit;
}

static int look(struct uffd_loop *loop)
{
	int n = loop->ops->look(loop->poller);

	return n == 0 ? turn(loop) : n;
}

/* Looks for messages without sleeping. How many were handled, or 0 when the spin's time is up. */
static int spin(struct uffd_loop *loop)
{
	uint64_t now, before, until;
	int n;

	if (!loop->spin.limit_ns)
		return 0;
	/*
	 * Often the next fault is there already, also from a thread on this CPU: the wake-up of its
	 * last one let it run at once. That says nothing about spinning.
	 */
	n = look(loop);
	if (n != 0 || !spin_wanted(&loop->spin))
		return n;
	before = now = clock_now();
	until = now + loop->spin.limit_ns;
	while (n == 0 && now < until &&
	       !atomic_load_explicit(&loop->stopped, memory_order_relaxed)) {
		before = now;
		sched_yield();
		now = clock_now();
		n = look(loop);
	}
	spin_ended(&loop->spin, n > 0 && now - before < SPIN_SHARED_NS);
	ctx_count_by_reader(loop->ctx, n > 0 ? COUNTER(spins_hit) : COUNTER(spins_missed), 1);
	return n;
}

int loop_disarm(struct uffd_loop *loop)
{
	int ret;

	loop->ending = true;
	while ((ret = loop->ops->disarm(loop->poller)) > 0)
		turn(loop);
	loop->ending = false;
	return ret;
}

int loop_run(struct uffd_loop *loop)
{
	int n = begin(loop);

	if (n < 0)
		return n;
	n = turn(loop);
	while (n >= 0 && !atomic_load_explicit(&loop->stopped, memory_order_relaxed)) {
		n = spin(loop);
		/* The spin may have taken the wake-up that came with a stop. */
		if (n != 0 || atomic_load(&loop->stopped))
			continue;
		ctx_count_by_reader(loop->ctx, COUNTER(sleeps), 1);
		n = loop->ops->wait(loop->poller, until_due(loop, -1));
		if (n >= 0)
			n = turn(loop);
	}
	loop_disarm(loop);
	atomic_store(&loop->stopped, false);
	atomic_store(&loop->ctx->reader_thread, 0);
	end(loop);
	return n < 0 ? n : 0;
}

/* Whether a public call may dispatch: a loop with a thread of its own is that thread's. */
static int may_dispatch(struct uffd_loop *loop)
{
	if (!loop)
		return -EINVAL;
	if (!ctx_is_ours(loop->ctx))
		return -ECHILD;
	return loop->own_thread ? -EBUSY : 0;
}

int uffd_loop_run(struct uffd_loop *loop)
{
	int ret = may_dispatch(loop);

	return ret < 0 ? ret : loop_run(loop);
}

int uffd_loop_dispatch(struct uffd_loop *loop, int timeout_ms)
{
	int n;

	if (timeout_ms < -1)
		return -EINVAL;
	n = may_dispatch(loop);
	if (n == 0)
		n = begin(loop);
	if (n < 0)
		return n;
	n = loop->ops->look(loop->poller);
	if (n == 0)
		n = turn(loop);
	if (n == 0 && !atomic_exchange(&loop->stopped, false)) {
		n = loop->ops->wait(loop->poller, until_due(loop, timeout_ms * INT64_C(1000000)));
		if (n == 0)
			n = turn(loop);
		if (n == 0 && atomic_exchange(&loop->stopped, false))
			n = -ECANCELED;
	} else if (n == 0) {
		n = -ECANCELED;
	}
	/* Who polls the descriptor waits for what has been asked for until now. */
	loop->ops->flush(loop->poller);
	end(loop);
	return n;
}

int uffd_loop_fd(struct uffd_loop *loop)
{
	int ret;

	ret = may_dispatch(loop);
	if (ret == 0)
		ret = begin(loop);
	if (ret < 0)
		return ret;
	ret = loop->ops->fd(loop->poller);
	end(loop);
	return ret;
}

int uffd_loop_timeout(struct uffd_loop *loop)
{
	int64_t ns;

	if (!loop)
		return -EINVAL;
	if (!ctx_is_ours(loop->ctx))
		return -ECHILD;
	ns = until_due(loop, -1);
	return ns < 0 ? -1 : (int)((ns + NS_PER_MS - 1) / NS_PER_MS);
}

int uffd_loop_stop(struct uffd_loop *loop)
{
	if (!loop)
		return -EINVAL;
	if (!ctx_is_ours(loop->ctx))
		return -ECHILD;
	/* Both are async-signal-safe: an atomic store and write(2). */
	atomic_store(&loop->stopped, true);
	loop_kick(loop);
	return 0;
}
