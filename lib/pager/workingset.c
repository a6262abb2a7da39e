/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * See workingset.h and recording.h: recording, and looking at what was recorded or loaded.
 * wsetsave.c writes and reads files.
 */
#include "pager/workingset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pager/recording.h"
#include "util/clock.h"
#include "util/options.h"
#include "util/pages.h"

#define FLAGS        (LIBUFFD_WORKINGSET_AROUND | LIBUFFD_WORKINGSET_TRACE)
#define MOST_ENTRIES (UINT64_C(64) << 20)
#define LOOK_BACK    65536u /* entries, for one that is asked for again */

void workingset_keep(struct uffd_workingset *set)
{
	atomic_fetch_add(&set->users, 1);
}

void workingset_drop(struct uffd_workingset *set)
{
	if (atomic_fetch_sub(&set->users, 1) != 1)
		return;
	if (set->log)
		pages_free(set->log, (size_t)set->capacity * sizeof(*set->log));
	else
		wset_file_free(&set->file);
	if (set->source)
		uffd_source_close(set->source);
	if (set->packed)
		uffd_source_close(set->packed);
	pthread_mutex_destroy(&set->lock);
	free(set);
}

/* Recording. */

/* Writes a new entry. False: there is no room for another. */
static bool append(struct uffd_workingset *set, const struct uffd_region *r,
		   const struct page_run *run, const struct uffd_extent *why, uint64_t *entry)
{
	struct uffd_workingset_entry *e;

	*entry = atomic_fetch_add(&set->asked, 1);
	if (*entry >= set->capacity)
		return false;
	e = &set->log[*entry];
	e->offset = run->first << r->page_shift;
	e->length = (run->end - run->first) << r->page_shift;
	e->fault_offset = why->fault_offset - e->offset < e->length ? why->fault_offset : e->offset;
	e->time_ns = clock_now() - set->began;
	e->flags = why->flags;
	__atomic_store_n(&e->kind, why->kind, __ATOMIC_RELEASE);
	return true;
}

/* What is asked for again has its entry: the last that has the page and is not there yet. */
static bool find(const struct uffd_workingset *set, uint64_t offset, uint64_t *entry)
{
	uint64_t count = workingset_count(set);

	for (uint64_t i = count; i > 0 && count - i < LOOK_BACK; i--) {
		struct uffd_workingset_entry e = workingset_entry(set, i - 1);

		if (e.kind && !e.latency_ns && offset - e.offset < e.length) {
			*entry = i - 1;
			return true;
		}
	}
	return false;
}

void recording_note(struct uffd_region *r, const struct page_run *run,
		    const struct uffd_extent *why, struct uffd_workingset **out, uint64_t *entry)
{
	bool again = why->tries || why->flags & EXTENT_NOTED;
	struct uffd_workingset *set;

	*out = NULL;
	if (!atomic_load_explicit(&r->recording, memory_order_relaxed))
		return;
	atomic_fetch_add(&r->recorders, 1);
	set = atomic_load(&r->recording);
	if (set && (why->kind != LIBUFFD_PREFETCH || set->flags & LIBUFFD_WORKINGSET_TRACE) &&
	    (again ? find(set, run->first << r->page_shift, entry)
		   : append(set, r, run, why, entry)))
		*out = set;
	atomic_fetch_sub(&r->recorders, 1);
}

void recording_done(struct uffd_region *r, const struct uffd_workingset *set, uint64_t entry)
{
	struct uffd_workingset *now;

	if (!set)
		return;
	atomic_fetch_add(&r->recorders, 1);
	now = atomic_load(&r->recording);
	if (now == set && entry < now->capacity) {
		struct uffd_workingset_entry *e = &now->log[entry];

		__atomic_store_n(&e->latency_ns, clock_now() - now->began - e->time_ns,
				 __ATOMIC_RELAXED);
	}
	atomic_fetch_sub(&r->recorders, 1);
}

/* With the set's lock held. */
static void end_of(struct uffd_workingset *set)
{
	struct uffd_region *r = set->recorded;

	if (!r)
		return;
	set->recorded = NULL;
	atomic_store(&r->around, r->around_wanted);
	atomic_store(&r->recording, NULL);
	/* A note takes a few stores; whoever is in one has the set for that long. */
	while (atomic_load(&r->recorders))
		sched_yield();
}

void recording_end(struct uffd_region *r)
{
	struct uffd_workingset *set;

	/* Under recorders the set cannot go between the look and the lock; then by its own count. */
	atomic_fetch_add(&r->recorders, 1);
	set = atomic_load(&r->recording);
	if (set)
		workingset_keep(set);
	atomic_fetch_sub(&r->recorders, 1);
	if (!set)
		return;
	pthread_mutex_lock(&set->lock);
	if (set->recorded == r)
		end_of(set);
	pthread_mutex_unlock(&set->lock);
	workingset_drop(set);
}

static struct uffd_workingset *make(struct uffd_region *r, uint32_t flags)
{
	struct uffd_workingset *set = calloc(1, sizeof(*set));

	if (!set)
		return NULL;
	/* Each page may be asked for again after it was thrown away. Resident as it is used. */
	set->capacity = r->pages.pages * 2 + 4096;
	if (set->capacity > MOST_ENTRIES)
		set->capacity = MOST_ENTRIES;
	set->log = mmap(NULL, (size_t)set->capacity * sizeof(*set->log), PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (set->log == MAP_FAILED) {
		free(set);
		return NULL;
	}
	pthread_mutex_init(&set->lock, NULL);
	atomic_init(&set->users, 1);
	set->pid = getpid();
	set->flags = flags;
	set->began = clock_now();
	set->source = r->source;
	r->source->content.keep(r->source);
	set->file.page_size = region_page_size(r);
	set->file.region_length = r->length;
	set->file.source_offset = r->source_offset;
	set->file.source_length = r->source->content.length;
	memcpy(set->file.source_id, r->source->id, sizeof(set->file.source_id));
	return set;
}

int uffd_workingset_record(struct uffd_workingset **out, struct uffd_region *r,
			   const struct uffd_workingset_opts *opts)
{
	struct uffd_workingset_opts o = {.size = sizeof(o)};
	struct uffd_workingset *set, *none = NULL;
	int ret = options_take(&o, sizeof(o), sizeof(o), opts);

	if (ret < 0)
		return ret;
	if (!out || !r || o.flags & ~FLAGS || o.reserved)
		return -EINVAL;
	if (!ctx_is_ours(r->ctx))
		return -ECHILD;
	if (!r->source)
		return -EOPNOTSUPP;
	set = make(r, o.flags);
	if (!set)
		return -ENOMEM;
	pthread_mutex_lock(&set->lock);
	if (atomic_compare_exchange_strong(&r->recording, &none, set)) {
		set->recorded = r;
		if (!(o.flags & LIBUFFD_WORKINGSET_AROUND))
			atomic_store(&r->around, 1);
	} else {
		ret = -EBUSY;
	}
	pthread_mutex_unlock(&set->lock);
	if (ret < 0) {
		workingset_drop(set);
		return ret;
	}
	*out = set;
	return 0;
}

int uffd_workingset_stop(struct uffd_workingset *set)
{
	if (!set)
		return -EINVAL;
	if (set->pid != getpid())
		return -ECHILD;
	pthread_mutex_lock(&set->lock);
	end_of(set);
	pthread_mutex_unlock(&set->lock);
	return 0;
}

void uffd_workingset_close(struct uffd_workingset *set)
{
	if (!set)
		return;
	/* A child has the parent's lock in whatever state it was, and no region of its own. */
	if (set->pid == getpid())
		uffd_workingset_stop(set);
	workingset_drop(set);
}

/* Looking at it. */

uint64_t workingset_count(const struct uffd_workingset *set)
{
	uint64_t asked;

	if (!set->log)
		return set->file.entry_count;
	asked = atomic_load(&set->asked);
	return asked < set->capacity ? asked : set->capacity;
}

struct uffd_workingset_entry workingset_entry(const struct uffd_workingset *set, uint64_t i)
{
	const struct uffd_workingset_entry *e;
	struct uffd_workingset_entry copy = {0};

	if (!set->log)
		return set->file.entries[i];
	e = &set->log[i];
	copy.kind = __atomic_load_n(&e->kind, __ATOMIC_ACQUIRE);
	if (!copy.kind)
		return copy; /* being written: as if it were not there, of length 0 */
	copy.offset = e->offset;
	copy.length = e->length;
	copy.fault_offset = e->fault_offset;
	copy.time_ns = e->time_ns;
	copy.flags = e->flags;
	copy.latency_ns = __atomic_load_n(&e->latency_ns, __ATOMIC_RELAXED);
	return copy;
}

int64_t uffd_workingset_entries(const struct uffd_workingset *set, uint64_t first,
				struct uffd_workingset_entry *entries, uint64_t count)
{
	uint64_t n = 0;

	if (!set || !entries)
		return -EINVAL;
	if (set->pid != getpid())
		return -ECHILD;
	for (uint64_t i = first; n < count && i < workingset_count(set); i++) {
		entries[n] = workingset_entry(set, i);
		if (!entries[n].kind)
			break; /* being written: the picture ends before it */
		n++;
	}
	return (int64_t)n;
}

static uint64_t count_pages(const struct uffd_range *ranges, uint64_t count, uint64_t page_size)
{
	uint64_t bytes = 0;

	for (uint64_t i = 0; i < count; i++)
		bytes += ranges[i].length;
	return bytes / page_size;
}

int uffd_workingset_info(const struct uffd_workingset *set, struct uffd_workingset_info *info)
{
	struct uffd_workingset_info now = {0};
	struct uffd_range *ranges = NULL;
	uint64_t count = 0, asked;
	int ret;

	if (!set || !info || info->size < sizeof(uint64_t))
		return -EINVAL;
	if (info->size > sizeof(now))
		return -E2BIG;
	if (set->pid != getpid())
		return -ECHILD;
	ret = workingset_ranges(set, 0, &ranges, &count);
	if (ret < 0)
		return ret;
	asked = atomic_load(&set->asked);
	now.size = info->size;
	now.region_length = set->file.region_length;
	now.page_size = set->file.page_size;
	now.source_offset = set->file.source_offset;
	now.source_length = set->file.source_length;
	now.entries = workingset_count(set);
	now.lost = set->log && asked > set->capacity ? asked - set->capacity : set->file.lost;
	now.pages = count_pages(ranges, count, set->file.page_size);
	now.packed_bytes = set->file.pack_bytes;
	free(ranges);
	memcpy(info, &now, (size_t)info->size);
	return 0;
}

int workingset_fits(const struct uffd_workingset *set, const struct uffd_region *r)
{
	const struct wset_file *f = &set->file;

	if (f->page_size != region_page_size(r) || f->region_length != r->length ||
	    f->source_offset != r->source_offset || f->source_length != r->source->content.length ||
	    memcmp(f->source_id, r->source->id, sizeof(f->source_id)) != 0)
		return -EXDEV;
	return 0;
}
