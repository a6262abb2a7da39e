/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a working set on its way to a file and back.
 * Must never: leave a file that is not whole under the name that was asked for.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pager/workingset.h"
#include "util/crc32c.h"

static int write_all(int fd, const uint8_t *from, uint64_t length, uint64_t offset)
{
	while (length) {
		ssize_t n = pwrite(fd, from, (size_t)length, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		from += n;
		offset += (uint64_t)n;
		length -= (uint64_t)n;
	}
	return 0;
}

/* What was recorded so far, as a table. */
static int take_entries(const struct uffd_workingset *set, struct wset_file *f)
{
	uint64_t n = workingset_count(set), asked = atomic_load(&set->asked);

	f->entries = malloc((size_t)(n + 1) * sizeof(*f->entries));
	if (!f->entries)
		return -ENOMEM;
	for (uint64_t i = 0; i < n; i++) {
		f->entries[f->entry_count] = workingset_entry(set, i);
		f->entry_count += f->entries[f->entry_count].kind != 0;
	}
	if (set->log)
		f->lost = asked > n ? asked - n : 0;
	return 0;
}

/* One run for [offset, offset + length), or the one before made longer. */
static void add_run(struct wset_file *f, uint64_t offset, uint64_t length, bool zero)
{
	struct wset_run *last = f->run_count ? &f->runs[f->run_count - 1] : NULL;
	uint32_t flags = zero ? WSET_RUN_ZERO : 0;

	if (last && last->flags == flags && last->offset + last->length == offset)
		last->length += length;
	else
		f->runs[f->run_count++] =
			(struct wset_run){offset, length, f->pack_bytes, flags, 0};
	f->pack_bytes += zero ? 0 : length;
}

/* Whether all of a page is zeros that need no read; what the source does not reach is. */
static int page_is_hole(const struct uffd_workingset *set, uint64_t offset, bool *hole)
{
	uint64_t at = set->file.source_offset + offset, left = set->file.page_size;
	struct segment seg;
	int ret;

	*hole = true;
	if (left > set->file.source_length - at)
		left = set->file.source_length - at;
	while (left && *hole) {
		ret = source_locate(set->source, at, left, &seg);
		if (ret < 0)
			return ret;
		*hole = !seg.leaf;
		at += seg.length;
		left -= seg.length;
	}
	return 0;
}

static int take_runs(const struct uffd_workingset *set, struct wset_file *f)
{
	uint64_t page = f->page_size, pages = 0, count = 0;
	struct uffd_range *ranges = NULL;
	int ret = workingset_ranges(set, 0, &ranges, &count);

	for (uint64_t i = 0; i < count; i++)
		pages += ranges[i].length / page;
	f->runs = ret < 0 ? NULL : malloc((size_t)(pages + 1) * sizeof(*f->runs));
	if (ret == 0 && !f->runs)
		ret = -ENOMEM;
	for (uint64_t i = 0; i < count && ret == 0; i++) {
		for (uint64_t at = 0; at < ranges[i].length && ret == 0; at += page) {
			bool hole;

			ret = page_is_hole(set, ranges[i].offset + at, &hole);
			if (ret == 0)
				add_run(f, ranges[i].offset + at, page, hole);
		}
	}
	free(ranges);
	return ret;
}

/* The source's content of [offset, offset + length) of the region; zeros behind its end. */
static int read_content(const struct uffd_workingset *set, uint8_t *to, uint64_t length,
			uint64_t offset)
{
	uint64_t at = set->file.source_offset + offset;
	uint64_t left = at < set->file.source_length ? set->file.source_length - at : 0;
	uint64_t has = left < length ? left : length;
	int ret = source_read(set->source, to, has, at);
	memset(to + has, 0, (size_t)(length - has));
	return ret;
}

/* Copies the runs' content, a block at a time, and sums the blocks. */
static int write_content(const struct uffd_workingset *set, int fd, struct wset_file *f)
{
	uint64_t filled = 0, block = 0, run = 0, at = 0;
	uint8_t *buffer = aligned_alloc(4096, WSET_BLOCK);
	int ret = buffer ? 0 : -ENOMEM;

	while (ret == 0 && block * WSET_BLOCK < f->pack_bytes) {
		uint64_t left = f->pack_bytes - block * WSET_BLOCK;
		uint64_t size = left < WSET_BLOCK ? left : WSET_BLOCK, n;

		while (f->runs[run].flags & WSET_RUN_ZERO || at == f->runs[run].length) {
			run++;
			at = 0;
		}
		n = f->runs[run].length - at;
		n = n < size - filled ? n : size - filled;
		ret = read_content(set, buffer + filled, n, f->runs[run].offset + at);
		at += n;
		filled += n;
		if (ret < 0 || filled < size)
			continue;
		f->sums[block] = crc32c(0, buffer, (size_t)size);
		ret = write_all(fd, buffer, size, f->pack_at + block * WSET_BLOCK);
		filled = 0;
		block++;
	}
	free(buffer);
	return ret;
}

static int write_file(const struct uffd_workingset *set, int fd, struct wset_file *f, bool pack)
{
	int ret = take_entries(set, f);

	if (ret == 0 && pack)
		ret = take_runs(set, f);
	if (ret < 0)
		return ret;
	wset_file_layout(f);
	if (pack) {
		f->sums = calloc((size_t)f->sum_count + 1, sizeof(*f->sums));
		ret = f->sums ? write_content(set, fd, f) : -ENOMEM;
	}
	if (ret == 0)
		ret = wset_file_write(fd, f);
	if (ret == 0 && fsync(fd) < 0)
		ret = -errno;
	return ret;
}

/* A file beside path, which only its owner may read: packed content is memory. */
static int open_beside(const char *path, char *name, size_t size)
{
	int fd;

	if ((size_t)snprintf(name, size, "%s.XXXXXX", path) >= size)
		return -ENAMETOOLONG;
	fd = mkostemp(name, O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int uffd_workingset_save(struct uffd_workingset *set, const char *path, uint32_t flags)
{
	struct wset_file f;
	char name[PATH_MAX];
	bool recording;
	int fd, ret;

	if (!set || !path || flags & ~LIBUFFD_WORKINGSET_PACK)
		return -EINVAL;
	if (set->pid != getpid())
		return -ECHILD;
	pthread_mutex_lock(&set->lock);
	recording = set->recorded;
	pthread_mutex_unlock(&set->lock);
	if (recording)
		return -EBUSY;
	if (flags & LIBUFFD_WORKINGSET_PACK && !set->source)
		return -ENOENT;
	fd = open_beside(path, name, sizeof(name));
	if (fd < 0)
		return fd;
	f = (struct wset_file){
		.page_size = set->file.page_size,
		.region_length = set->file.region_length,
		.source_offset = set->file.source_offset,
		.source_length = set->file.source_length,
		.lost = set->file.lost,
	};
	memcpy(f.source_id, set->file.source_id, sizeof(f.source_id));
	ret = write_file(set, fd, &f, flags & LIBUFFD_WORKINGSET_PACK);
	wset_file_free(&f);
	if (close(fd) < 0 && ret == 0)
		ret = -errno;
	if (ret == 0 && rename(name, path) < 0)
		ret = -errno;
	if (ret < 0)
		unlink(name);
	return ret;
}

static int load(struct uffd_workingset *set, int fd, const struct uffd_region *r)
{
	int ret = wset_file_read(fd, &set->file);

	if (ret < 0)
		return ret;
	if (r) {
		ret = !r->source ? -EOPNOTSUPP : workingset_fits(set, r);
		if (ret < 0)
			return ret;
	}
	return set->file.pack_bytes ? uffd_source_open_fd(&set->packed, fd, NULL) : 0;
}

int uffd_workingset_load(struct uffd_workingset **out, const char *path,
			 const struct uffd_region *r)
{
	struct uffd_workingset *set;
	int fd, ret;

	if (!out || !path)
		return -EINVAL;
	if (r && !ctx_is_ours(r->ctx))
		return -ECHILD;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	set = calloc(1, sizeof(*set));
	if (!set) {
		close(fd);
		return -ENOMEM;
	}
	pthread_mutex_init(&set->lock, NULL);
	atomic_init(&set->users, 1);
	set->pid = getpid();
	ret = load(set, fd, r);
	close(fd);
	if (ret < 0) {
		workingset_drop(set);
		return ret;
	}
	*out = set;
	return 0;
}
