/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the output of a snapshot, and the thread that writes to it.
 * Must never: hold the lock while it writes.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "track/snapshot.h"
#include "util/zeros.h"

/* Whether the file has data where a part goes. Its offset is the caller's, and stays. */
static int has_data(int fd, uint64_t from, uint64_t end)
{
	off_t before = lseek(fd, 0, SEEK_CUR), at = lseek(fd, (off_t)from, SEEK_DATA);
	int error = errno;

	lseek(fd, before, SEEK_SET);
	if (at < 0)
		return error == ENXIO ? 0 : -error;
	return (uint64_t)at < end;
}

/* The file, size bytes now, to where the last of the parts ends. */
static int extend(const struct uffd_snapshot *s, uint64_t size)
{
	uint64_t end = size;

	for (uint32_t i = 0; i < s->count; i++)
		if (s->parts[i].offset + s->parts[i].region->length > end)
			end = s->parts[i].offset + s->parts[i].region->length;
	return end > size && ftruncate(s->fd, (off_t)end) < 0 ? -errno : 0;
}

/* Where a part goes there is nothing. */
static int make_room(const struct uffd_snapshot *s, const struct part_saved *p, uint64_t size)
{
	uint64_t end = p->offset + p->region->length;
	int ret;

	if (p->offset >= size)
		return 0;
	if (s->incremental) {
		ret = has_data(s->fd, p->offset, end);
		return ret > 0 ? -EEXIST : ret;
	}
	if (fallocate(s->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)p->offset,
		      (off_t)p->region->length) < 0)
		return errno == ENOSYS ? -EOPNOTSUPP : -errno;
	return 0;
}

int snapshot_open_output(const struct uffd_snapshot *s)
{
	int access, ret = 0;
	struct stat st;

	if (s->write)
		return 0;
	access = fcntl(s->fd, F_GETFL);
	if (access < 0 || access & O_PATH || (access & O_ACCMODE) == O_RDONLY ||
	    fstat(s->fd, &st) < 0)
		return -EBADF;
	/* pwrite(2) would append, wherever it is told to write. */
	if (access & O_APPEND)
		return -EINVAL;
	if (!S_ISREG(st.st_mode))
		return -EOPNOTSUPP;
	for (uint32_t i = 0; i < s->count && ret == 0; i++) {
		const struct uffd_region *r = s->parts[i].region;

		/* A hole of it would be larger than a page that is unchanged: zeros around data. */
		if (s->incremental && (uint64_t)st.st_blksize > region_page_size(r))
			return -EOPNOTSUPP;
		ret = make_room(s, &s->parts[i], (uint64_t)st.st_size);
	}
	return ret < 0 ? ret : extend(s, (uint64_t)st.st_size);
}

/* All of it, or -errno. */
static int write_all(const struct uffd_snapshot *s, const uint8_t *from, uint64_t length,
		     uint64_t offset)
{
	while (length) {
		int64_t n = s->write ? s->write(s->user, from, length, offset)
				     : pwrite(s->fd, from, (size_t)length, (off_t)offset);

		if (!s->write && n < 0 && errno == EINTR)
			continue;
		if (!s->write && n < 0)
			n = -errno;
		if (n <= 0 || (uint64_t)n > length)
			return n < 0 && n >= -4095 ? (int)n : -EIO;
		from += n;
		offset += (uint64_t)n;
		length -= (uint64_t)n;
	}
	return 0;
}

/* In a full snapshot zeros are holes; in an incremental one a hole says: unchanged. */
static int write_block(const struct uffd_snapshot *s, const struct block *b, uint64_t *written)
{
	unsigned int shift = b->part->region->page_shift;
	uint64_t size = UINT64_C(1) << shift, page = b->first;
	int ret = 0;

	while (page < b->end && ret == 0) {
		const uint8_t *at = b->at + ((page - b->first) << shift);
		uint64_t stop = page;

		while (stop < b->end &&
		       (s->incremental || !is_zeros(b->at + ((stop - b->first) << shift), size)))
			stop++;
		if (stop > page) {
			ret = write_all(s, at, (stop - page) << shift,
					b->part->offset + (page << shift));
			*written += ret < 0 ? 0 : (stop - page) << shift;
			page = stop;
		} else {
			page++;
		}
	}
	return ret;
}

/* The next block; NULL: there will be none. */
static struct block *next_block(struct uffd_snapshot *s)
{
	struct block *b;

	pthread_mutex_lock(&s->lock);
	while (!s->full && !s->copied)
		pthread_cond_wait(&s->filled, &s->lock);
	b = s->full;
	if (b)
		s->full = b->next;
	pthread_mutex_unlock(&s->lock);
	return b;
}

void *snapshot_output(void *snapshot)
{
	struct uffd_snapshot *s = snapshot;
	struct block *b;

	pthread_setname_np(pthread_self(), "uffd-write");
	while ((b = next_block(s))) {
		uint64_t bytes = (b->end - b->first) << b->part->region->page_shift, written = 0;
		bool stopping;
		int ret = 0;

		pthread_mutex_lock(&s->lock);
		stopping = s->stopping;
		pthread_mutex_unlock(&s->lock);
		if (!stopping)
			ret = write_block(s, b, &written);
		if (ret < 0 && snapshot_stop(s, ret))
			snapshot_leave_regions(s, false);
		pthread_mutex_lock(&s->lock);
		s->bytes_written += written;
		s->bytes_done += ret < 0 || stopping ? 0 : bytes;
		b->next = s->free;
		s->free = b;
		s->free_count++;
		pthread_cond_signal(&s->work);
		pthread_mutex_unlock(&s->lock);
	}
	return NULL;
}
