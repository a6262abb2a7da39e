/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what every source is made of.
 * Must never: know a region.
 */
#ifndef PAGER_SOURCE_H
#define PAGER_SOURCE_H

#include <stdatomic.h>
#include <stdint.h>

#include <uffd/source.h>

#include "memory/region.h"

struct buffer;

struct uffd_source {
	struct content content; /* what the memory layer sees; first */
	_Atomic uint32_t users;
	const uint8_t *direct; /* the content is in memory already: nothing to read */
	struct uffd_source_ops ops;
	void *user;
	/* A buffer that nobody uses; taken and put back by exchange, so that faults neither
	   allocate nor lock. */
	_Atomic(struct buffer *) spare;
};

/* Makes a source; on failure calls ops->free. */
int source_make(struct uffd_source **out, uint64_t length, const struct uffd_source_ops *ops,
		void *user, const void *direct);

struct buffer {
	uint64_t size; /* bytes at data */
	uint8_t *data; /* page aligned */
};

/* Of at least size bytes, or NULL. */
struct buffer *source_take_buffer(struct uffd_source *source, uint64_t size);
void source_put_buffer(struct uffd_source *source, struct buffer *buffer);

/* The pager: content.fault of every source. */
int pager_fault(struct uffd_region *region, const struct uffd_extent *extent, void *source);

#endif
