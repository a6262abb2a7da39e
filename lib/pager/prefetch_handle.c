/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a prefetch as the program has it: begun, asked, waited for, cancelled, given up.
 * Must never: touch its region but while it is listed, which its lock tells.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pager/prefetch.h"
#include "pager/workingset.h"
#include "util/clock.h"
#include "util/futex.h"
#include "util/options.h"

#define GAP_BYTES (UINT64_C(8) << 10) /* that a replay reads rather than begin another read */

static int check_ranges(const struct uffd_region *r, const struct uffd_prefetch_opts *o)
{
	for (uint64_t i = 0; i < o->range_count; i++) {
		uint64_t first, end;
		int ret = region_pages(r, o->ranges[i].offset, o->ranges[i].length, &first, &end);

		if (ret < 0)
			return ret;
	}
	return 0;
}

/* What there is to go over. */
static int take_ranges(struct uffd_prefetch *f, const struct uffd_prefetch_opts *o)
{
	const struct uffd_range all = {0, f->region->length};
	const struct uffd_range *from = o->ranges ? o->ranges : &all;
	uint64_t count = o->ranges ? o->range_count : 1;

	if (count > SIZE_MAX / sizeof(*from))
		return -ENOMEM;
	f->ranges = malloc((size_t)count * sizeof(*from));
	if (!f->ranges)
		return -ENOMEM;
	memcpy(f->ranges, from, (size_t)count * sizeof(*from));
	f->range_count = count;
	return 0;
}

/* Of a packed set the zeros are ranges, and the rest is in its file. */
static int take_zeros(struct uffd_prefetch *f, const struct wset_file *file)
{
	f->ranges = malloc((size_t)(file->run_count + 1) * sizeof(*f->ranges));
	if (!f->ranges)
		return -ENOMEM;
	for (uint64_t i = 0; i < file->run_count; i++)
		if (file->runs[i].flags & WSET_RUN_ZERO)
			f->ranges[f->range_count++] =
				(struct uffd_range){file->runs[i].offset, file->runs[i].length};
	f->total = file->pack_bytes;
	return 0;
}

static int take_work(struct uffd_prefetch *f, const struct uffd_prefetch_opts *o)
{
	struct uffd_workingset *set = o->workingset;
	int ret;

	if (!set) {
		ret = take_ranges(f, o);
	} else if (set->packed) {
		ret = take_zeros(f, &set->file);
		f->set = set;
		workingset_keep(set);
	} else {
		ret = workingset_ranges(set, GAP_BYTES, &f->ranges, &f->range_count);
	}
	if (ret < 0)
		return ret;
	for (uint64_t i = 0; i < f->range_count; i++)
		f->total += f->ranges[i].length;
	return 0;
}

static int check(struct uffd_prefetch **out, struct uffd_region *r,
		 const struct uffd_prefetch_opts *o)
{
	if (!out || !r || o->flags || o->reserved || (o->workingset && o->ranges) ||
	    (!o->ranges && o->range_count) || (o->ranges && !o->range_count))
		return -EINVAL;
	if (!ctx_is_ours(r->ctx))
		return -ECHILD;
	/* Without MISSING the cache is the content, whatever the source has. */
	if (!r->source || !(r->modes & LIBUFFD_MISSING))
		return -EOPNOTSUPP;
	if (o->workingset && o->workingset->pid != getpid())
		return -ECHILD;
	return o->workingset ? workingset_fits(o->workingset, r) : check_ranges(r, o);
}

int uffd_prefetch_start(struct uffd_prefetch **out, struct uffd_region *r,
			const struct uffd_prefetch_opts *opts)
{
	struct uffd_prefetch_opts o = {.size = sizeof(o)};
	struct uffd_prefetch *f;
	int ret = options_take(&o, sizeof(o), sizeof(o), opts);

	if (ret == 0)
		ret = check(out, r, &o);
	if (ret < 0)
		return ret;
	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	pthread_mutex_init(&f->lock, NULL);
	f->pid = getpid();
	f->region = r;
	f->budget = o.budget;
	ret = take_work(f, &o);
	if (ret < 0) {
		prefetch_free(f);
		return ret;
	}
	/* A source that only reads at once must not keep the loop from its faults. */
	if (!r->source->choose && !r->source->ops.submit && !r->source->direct)
		pool_start(&pager_of(r)->pool);
	*out = f;
	prefetch_enlist(pager_of(r), f);
	return 0;
}

int uffd_prefetch_progress(const struct uffd_prefetch *prefetch,
			   struct uffd_prefetch_progress *progress)
{
	struct uffd_prefetch *f = (struct uffd_prefetch *)(uintptr_t)prefetch;
	struct uffd_prefetch_progress now;

	if (!f || !progress || progress->size < sizeof(uint64_t))
		return -EINVAL;
	if (progress->size > sizeof(now))
		return -E2BIG;
	if (f->pid != getpid())
		return -ECHILD;
	pthread_mutex_lock(&f->lock);
	now = (struct uffd_prefetch_progress){
		.size = progress->size,
		.bytes_total = f->total,
		.bytes_done = f->done,
		.bytes_brought = f->brought,
		.bytes_in_flight = f->in_flight,
		.state = atomic_load(&f->state),
		.error = f->error,
	};
	pthread_mutex_unlock(&f->lock);
	memcpy(progress, &now, (size_t)progress->size);
	return 0;
}

static bool would_wait_for_itself(struct uffd_prefetch *f)
{
	bool itself;

	pthread_mutex_lock(&f->lock);
	/* What is listed, or in flight, keeps its region from ending. */
	itself = (f->listed || f->in_flight) && ctx_is_reader(f->region->ctx);
	pthread_mutex_unlock(&f->lock);
	return itself;
}

int uffd_prefetch_wait(struct uffd_prefetch *f, const struct timespec *deadline)
{
	uint64_t until = 0;
	int ret;

	if (!f)
		return -EINVAL;
	if (f->pid != getpid())
		return -ECHILD;
	ret = deadline_ns(deadline, &until);
	if (ret < 0)
		return ret;
	while (atomic_load(&f->state) == LIBUFFD_PREFETCH_RUNNING) {
		if (would_wait_for_itself(f))
			return -EDEADLK;
		if (until && clock_now() >= until)
			return -ETIMEDOUT;
		futex_wait(&f->state, LIBUFFD_PREFETCH_RUNNING, until);
	}
	switch (atomic_load(&f->state)) {
	case LIBUFFD_PREFETCH_DONE:
		return 0;
	case LIBUFFD_PREFETCH_CANCELLED:
		return -ECANCELED;
	default:
		return f->error;
	}
}

int uffd_prefetch_cancel(struct uffd_prefetch *f)
{
	if (!f)
		return -EINVAL;
	if (f->pid != getpid())
		return -ECHILD;
	pthread_mutex_lock(&f->lock);
	f->over = true;
	prefetch_unlock(f);
	return 0;
}

void uffd_prefetch_close(struct uffd_prefetch *f)
{
	if (!f)
		return;
	if (f->pid != getpid()) {
		/* What the parent has in flight is not the child's to end; its list is a copy. */
		return;
	}
	pthread_mutex_lock(&f->lock);
	f->over = true;
	f->closed = true;
	prefetch_unlock(f);
}
