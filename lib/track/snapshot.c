/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a snapshot as the program has it: waited for, asked, cancelled, closed.
 * Must never: be waited for by who has to answer its faults.
 */
#include "track/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/bits.h"
#include "util/clock.h"
#include "util/futex.h"
#include "util/pages.h"

/* What a forked child has is a copy: of locks that threads of the parent may hold, for one. */
void snapshot_free(struct uffd_snapshot *s)
{
	bool ours = s->pid == getpid();

	for (uint32_t i = 0; i < s->count; i++) {
		pages_free(s->parts[i].taken, bits_bytes(s->parts[i].pages));
		if (ours && s->parts[i].wp)
			atomic_fetch_sub(&s->parts[i].wp->users, 1);
	}
	pages_free(s->buffers, (size_t)(s->block_count * s->block_bytes));
	if (ours) {
		pthread_cond_destroy(&s->work);
		pthread_cond_destroy(&s->filled);
		pthread_mutex_destroy(&s->lock);
		pthread_mutex_destroy(&s->leaving);
	}
	free(s->blocks);
	free(s->parts);
	free(s);
}

/* Who may not wait for the snapshot, since it waits for them. */
static bool is_waited_for(const struct uffd_snapshot *s)
{
	return ctx_is_reader(s->ctx) || pthread_equal(pthread_self(), s->copier) ||
	       pthread_equal(pthread_self(), s->output);
}

static bool is_over(uint32_t state)
{
	return state >= LIBUFFD_SNAPSHOT_DONE;
}

int uffd_snapshot_wait(struct uffd_snapshot *s, const struct timespec *deadline)
{
	uint64_t until = 0;
	uint32_t state;
	int ret;

	if (!s)
		return -EINVAL;
	if (s->pid != getpid())
		return -ECHILD;
	ret = deadline_ns(deadline, &until);
	if (ret < 0)
		return ret;
	while (!is_over(state = atomic_load(&s->state))) {
		pthread_mutex_lock(&s->lock);
		/* One that was cancelled before is about to be over. */
		ret = state == LIBUFFD_SNAPSHOT_PREPARED && !s->stopping ? -EINPROGRESS : 0;
		pthread_mutex_unlock(&s->lock);
		if (ret < 0)
			return ret;
		if (is_waited_for(s))
			return -EDEADLK;
		if (until && clock_now() >= until)
			return -ETIMEDOUT;
		futex_wait(&s->state, state, until);
	}
	return state == LIBUFFD_SNAPSHOT_DONE     ? 0
	       : state == LIBUFFD_SNAPSHOT_FAILED ? s->error
						  : -ECANCELED;
}

int uffd_snapshot_progress(const struct uffd_snapshot *snapshot,
			   struct uffd_snapshot_progress *progress)
{
	struct uffd_snapshot *s = (struct uffd_snapshot *)(uintptr_t)snapshot;
	struct uffd_snapshot_progress now;

	if (!s || !progress || progress->size < sizeof(uint64_t))
		return -EINVAL;
	if (progress->size > sizeof(now))
		return -E2BIG;
	if (s->pid != getpid())
		return -ECHILD;
	pthread_mutex_lock(&s->lock);
	now = (struct uffd_snapshot_progress){
		.size = progress->size,
		.bytes_total = s->bytes_total,
		.bytes_done = s->bytes_done,
		.bytes_written = s->bytes_written,
		.bytes_waited = s->bytes_waited,
		.bytes_source = s->bytes_source,
		.pause_ns = s->pause_ns,
		.state = atomic_load(&s->state),
	};
	if (now.state == LIBUFFD_SNAPSHOT_FAILED)
		now.error = s->error;
	pthread_mutex_unlock(&s->lock);
	memcpy(progress, &now, (size_t)progress->size);
	return 0;
}

int uffd_snapshot_cancel(struct uffd_snapshot *s)
{
	if (!s)
		return -EINVAL;
	if (s->pid != getpid())
		return -ECHILD;
	if (snapshot_stop(s, 0))
		snapshot_leave_regions(s, false);
	return 0;
}

int uffd_snapshot_close(struct uffd_snapshot *s)
{
	if (!s)
		return 0;
	if (s->pid != getpid()) {
		snapshot_free(s);
		return 0;
	}
	if (is_waited_for(s))
		return -EDEADLK;
	if (snapshot_stop(s, 0))
		snapshot_leave_regions(s, false);
	pthread_join(s->copier, NULL);
	snapshot_free(s);
	return 0;
}
