/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a loop's life: made, given a thread, closed; and the way up to it from its context.
 * Must never: dispatch (run.c does).
 */
#include "loop/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <uffd/raw.h>

#include "memory/statefile.h"
#include "util/options.h"

/* The loop's side of struct reader_ops. */

void loop_kick(struct uffd_loop *loop)
{
	uint64_t one = 1;

	/* Full is as good as written: it is readable. */
	if (write(loop->wakefd, &one, sizeof(one)) >= 0 || errno == EAGAIN)
		loop->ops->kick(loop->poller);
}

static void kick(void *reader)
{
	loop_kick(reader);
}

/* A resolver in this thread met a changing mapping: its event must be read. */
static bool drain(void *reader)
{
	struct uffd_loop *loop = reader;
	uintptr_t self = (uintptr_t)pthread_self(), nobody = 0;
	bool mine = atomic_load(&loop->dispatcher) == self;

	/* Outside of dispatch it is this thread's turn only if nobody else has taken it. */
	if (!mine && !atomic_compare_exchange_strong(&loop->dispatcher, &nobody, self))
		return true;
	gather(loop);
	/* Not within a batch: an answer would be given in the middle of an install. */
	if (!(atomic_load(&loop->ctx->dispatching) & 1) && loop->ops->look(loop->poller) == 0) {
		gather(loop);
		answer_reads(loop);
	}
	if (!mine) {
		atomic_store(&loop->dispatcher, 0);
		loop_kick(loop); /* what was read waits in the queue */
	}
	return !atomic_load_explicit(&loop->stopped, memory_order_relaxed);
}

static bool read_file(void *reader, struct file_read *read)
{
	struct uffd_loop *loop = reader;

	return loop->ops->read && loop->ops->read(loop->poller, read);
}

static const struct reader_ops reader = {.drain = drain, .kick = kick, .read = read_file};

static int attach(struct uffd_loop *loop)
{
	struct uffd_ctx *ctx = loop->ctx;
	int ret = -EBUSY;

	pthread_mutex_lock(&ctx->lock);
	if (!ctx->reader_ops) {
		ctx->reader_ops = &reader;
		ctx->reader = loop;
		ret = 0;
	}
	pthread_mutex_unlock(&ctx->lock);
	/* What a dead owner was applying is in the states of every region by now. */
	if (ret == 0 && ctx->state)
		statefile_wipe_journal(ctx->state, STATE_JOURNAL);
	return ret;
}

static void detach(struct uffd_loop *loop)
{
	struct uffd_ctx *ctx = loop->ctx;

	pthread_mutex_lock(&ctx->lock);
	ctx->reader_ops = NULL;
	ctx->reader = NULL;
	atomic_store(&ctx->reader_thread, 0);
	atomic_store(&ctx->reader_reads, false);
	pthread_mutex_unlock(&ctx->lock);
	atomic_store(&ctx->counters[COUNTER(poller)], 0);
	atomic_store(&ctx->counters[COUNTER(multishot)], 0);
}

/*
 * A source that is a file is read on the ring, tens of reads at once. Without one: where the loop
 * looks before it sleeps, read(2) is the cheapest look there is; where it sleeps at once,
 * READ_MULTISHOT saves a system call a fault.
 */
static uint32_t choose(const struct uffd_loop *loop, uint32_t wanted)
{
	if (wanted == LIBUFFD_POLLER_AUTO && loop->spin.limit_ns &&
	    !atomic_load(&loop->ctx->reads_files))
		return LIBUFFD_POLLER_POLL;
	return wanted;
}

static int open_poller(struct uffd_loop *loop, uint32_t wanted)
{
	struct poller_target target = {
		.uffd = loop->ctx->fd,
		.wakefd = loop->wakefd,
		.events = ctx_has_events(loop->ctx),
	};
	int ret = -EOPNOTSUPP;

	if (wanted != LIBUFFD_POLLER_POLL) {
		loop->ops = &poller_uring;
		ret = loop->ops->open(&loop->poller, &target);
	}
	if (wanted == LIBUFFD_POLLER_POLL || (ret < 0 && wanted == LIBUFFD_POLLER_AUTO)) {
		loop->ops = &poller_poll;
		ret = loop->ops->open(&loop->poller, &target);
	}
	return ret;
}

/* Whoever brings content learns what this loop can do for it. */
static void greet(struct uffd_loop *loop)
{
	struct uffd_ctx *ctx = loop->ctx;
	const struct filler_ops *filler;

	atomic_store(&ctx->counters[COUNTER(poller)], loop->ops->kind);
	atomic_store(&ctx->reader_reads, loop->ops->read != NULL);
	filler = atomic_load(&ctx->filler_ops);
	if (!filler)
		return;
	filler->reader_came(ctx->filler);
	/* It may have something to begin: whoever asks for a timeout is to make a turn. */
	atomic_store(&loop->work_at, 1);
}

static void destroy(struct uffd_loop *loop)
{
	if (loop->poller)
		loop->ops->close(loop->poller);
	if (loop->wakefd >= 0)
		close(loop->wakefd);
	queue_free(&loop->faults);
	queue_free(&loop->events);
	free(loop);
}

static int take_opts(struct uffd_loop_opts *o, const struct uffd_loop_opts *given,
		     const struct uffd_ctx *ctx)
{
	int ret = options_take(o, sizeof(*o), sizeof(*o), given);

	if (ret < 0)
		return ret;
	if (o->flags & ~LIBUFFD_LOOP_CHILDREN || o->poller > LIBUFFD_POLLER_POLL)
		return -EINVAL;
	if (o->flags & LIBUFFD_LOOP_CHILDREN && !o->event)
		return -EINVAL;
	/* A fork's userfaultfd that nobody takes would turn the child's memory into zeros. */
	if (ctx->features & UFFD_FEATURE_EVENT_FORK && !o->event)
		return -EINVAL;
	/* An event for that range would be heard by nobody. */
	return ctx->state && statefile_has_more(ctx->state) ? -ENXIO : 0;
}

static int build(struct uffd_loop *loop, const struct uffd_loop_opts *o)
{
	int ret;

	if (!spin_init(&loop->spin, o->spin_ns))
		return -EINVAL;
	ret = open_poller(loop, choose(loop, o->poller));
	if (ret < 0)
		return ret;
	return queue_reserve(&loop->faults, BATCH) && queue_reserve(&loop->events, BATCH) ? 0
											  : -ENOMEM;
}

int uffd_loop_open(struct uffd_loop **out, struct uffd_ctx *ctx, const struct uffd_loop_opts *opts)
{
	struct uffd_loop_opts o = {.size = sizeof(o)};
	struct uffd_loop *loop;
	int ret;

	if (!out || !ctx)
		return -EINVAL;
	if (!ctx_is_ours(ctx))
		return -ECHILD;
	ret = take_opts(&o, opts, ctx);
	if (ret < 0)
		return ret;
	loop = calloc(1, sizeof(*loop));
	if (!loop)
		return -ENOMEM;
	loop->ctx = ctx;
	loop->pid = getpid();
	loop->event = o.event;
	loop->children = o.flags & LIBUFFD_LOOP_CHILDREN;
	loop->user = o.user;
	loop->wakefd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ret = loop->wakefd < 0 ? -errno : build(loop, &o);
	/* Last: once it is the context's, any thread may kick it. */
	if (ret == 0)
		ret = attach(loop);
	if (ret < 0) {
		destroy(loop);
		return ret;
	}
	greet(loop);
	*out = loop;
	return 0;
}

static void *thread_main(void *arg)
{
	struct uffd_loop *loop = arg;
	int ret;

	pthread_setname_np(pthread_self(), "uffd-loop");
	ret = loop_run(loop);
	if (ret < 0 && ret != -ESRCH)
		ctx_log(loop->ctx, LIBUFFD_LOG_ERROR, "the loop ended with error %d", -ret);
	return NULL;
}

int uffd_loop_start(struct uffd_loop **out, struct uffd_ctx *ctx, const struct uffd_loop_opts *opts)
{
	sigset_t all, before;
	int ret = uffd_loop_open(out, ctx, opts);

	if (ret < 0)
		return ret;
	(*out)->own_thread = true;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ret = pthread_create(&(*out)->thread, NULL, thread_main, *out);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (ret) {
		(*out)->own_thread = false;
		uffd_loop_close(*out);
		*out = NULL;
		return -ret;
	}
	return 0;
}

/* Faults that were read and will not be answered here: they fault again, for the next loop. */
static void return_faults(struct uffd_loop *loop)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	for (; loop->faults.count; loop->faults.count--) {
		uint64_t address = loop->faults.at[loop->faults.head++].arg.pagefault.address;

		uffd_raw_wake(loop->ctx->fd, address & ~(page - 1), page);
	}
}

int uffd_loop_close(struct uffd_loop *loop)
{
	uintptr_t busy;

	if (!loop)
		return -EINVAL;
	if (getpid() != loop->pid) {
		destroy(loop);
		return 0;
	}
	busy = atomic_load(&loop->dispatcher);
	if (busy == (uintptr_t)pthread_self())
		return -EDEADLK;
	if (loop->own_thread) {
		atomic_store(&loop->stopped, true);
		loop_kick(loop);
		pthread_join(loop->thread, NULL);
	} else if (busy) {
		return -EBUSY;
	} else if (loop_disarm(loop) < 0) {
		return -EBUSY;
	}
	return_faults(loop);
	tell_events(loop);
	detach(loop);
	destroy(loop);
	return 0;
}
