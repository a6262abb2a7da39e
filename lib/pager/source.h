/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what every source is made of, and which part of which source an offset comes from.
 * Must never: know a region.
 */
#ifndef PAGER_SOURCE_H
#define PAGER_SOURCE_H

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>

#include <uffd/source.h>

#include "memory/region.h"

/* Which file brings a range, where a source is a file. */
struct file_choice {
	int fd;
	bool direct; /* O_DIRECT: it may refuse what fd without it takes */
};

struct uffd_source {
	struct content content; /* what the memory layer sees; first */
	_Atomic uint32_t users;
	const uint8_t *direct; /* the content is in memory already: nothing to read */
	struct uffd_source_ops ops;
	void *user;
	/* Files: who may read them in another way than ops.read does. NULL: nobody. */
	struct file_choice (*choose)(void *user, const void *to, uint64_t length, uint64_t offset);
	bool blocks; /* ... and its file system makes a ring wait for a read: threads must */
	/* Layers: none reads by itself. */
	struct uffd_source **layers;
	size_t layer_count;
	uint8_t id[16]; /* tells contents apart as well as can be told without reading them */
};

/* Makes a source; on failure calls ops->free. */
int source_make(struct uffd_source **out, uint64_t length, const struct uffd_source_ops *ops,
		void *user);

/* A stretch of a source that comes from one place. */
struct segment {
	struct uffd_source *leaf; /* NULL: zeros, nothing to read */
	uint64_t offset;          /* in leaf */
	uint64_t length;
};

/* What [offset, offset + length) begins with. 0, or the source's error. */
int source_locate(struct uffd_source *s, uint64_t offset, uint64_t length, struct segment *seg);

/* Reads exactly length bytes, wherever they come from, and waits for them. 0, or the source's error. */
int source_read(struct uffd_source *s, uint8_t *to, uint64_t length, uint64_t offset);

/* A source's error as an errno: none may turn into 0 on its way to an int. */
static inline int source_error(int64_t n)
{
	return n >= -4095 && n < 0 ? (int)n : -EIO;
}

#endif
