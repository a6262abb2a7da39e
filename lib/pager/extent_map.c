/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See extent_map.h. */
#include "pager/extent_map.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

void extent_map_init(struct extent_map *m, bool sparse)
{
	m->sparse = sparse;
}

struct extent {
	uint64_t start;
	uint64_t end;
	bool zero;
};

/* False: another thread writes it just now, or it does not have offset. */
static bool remembered(struct extent_map *m, uint64_t offset, struct extent *e)
{
	uint32_t seen = atomic_load(&m->sequence);

	e->start = atomic_load(&m->start);
	e->end = atomic_load(&m->end);
	e->zero = atomic_load(&m->zero);
	return !(seen & 1) && atomic_load(&m->sequence) == seen && offset >= e->start &&
	       offset < e->end;
}

static void remember(struct extent_map *m, const struct extent *e)
{
	uint32_t seen = atomic_load(&m->sequence);

	if (seen & 1 || !atomic_compare_exchange_strong(&m->sequence, &seen, seen + 1))
		return; /* somebody else's is as good */
	atomic_store(&m->start, e->start);
	atomic_store(&m->end, e->end);
	atomic_store(&m->zero, e->zero);
	atomic_store(&m->sequence, seen + 2);
}

/* What the file system says of offset. 0, or -errno. */
static int look(int fd, uint64_t file_length, uint64_t offset, struct extent *e)
{
	off_t data = lseek(fd, (off_t)offset, SEEK_DATA), hole;
	struct stat st;

	*e = (struct extent){offset, file_length, false};
	if (data < 0 && errno != ENXIO)
		return 0; /* a file system that does not tell: read */
	if (data < 0) {
		/*
		 * No data up to the end: a hole, as long as the file still has the length it was
		 * opened with. The tail that a truncation cut off is not zeros but lost.
		 */
		if (fstat(fd, &st) < 0)
			return -errno;
		e->zero = (uint64_t)st.st_size >= file_length;
		return 0;
	}
	if ((uint64_t)data > offset) {
		e->zero = true;
		e->end = (uint64_t)data;
		return 0;
	}
	hole = lseek(fd, (off_t)offset, SEEK_HOLE);
	/* A file that has shrunk has no data there any more: reading it tells. */
	if (hole > 0 && (uint64_t)hole > offset)
		e->end = (uint64_t)hole;
	return 0;
}

int64_t extent_map_ask(struct extent_map *m, int fd, uint64_t file_length, uint64_t offset,
		       uint64_t length, int *zero)
{
	struct extent e;
	int ret;

	*zero = 0;
	if (!m->sparse)
		return (int64_t)length;
	if (!remembered(m, offset, &e)) {
		ret = look(fd, file_length, offset, &e);
		if (ret < 0)
			return ret;
		remember(m, &e);
	}
	*zero = e.zero;
	return (int64_t)(e.end - offset < length ? e.end - offset : length);
}
