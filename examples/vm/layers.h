/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a base snapshot and the diffs over it, as one: the newest one's registers, and of every
 * page the newest content.
 * Must never: take snapshots for layers that were not made one over the other.
 *
 * A function that fails has said why, and returns -1.
 */
#ifndef EXAMPLES_VM_LAYERS_H
#define EXAMPLES_VM_LAYERS_H

#include <stdbool.h>
#include <stddef.h>

#include <uffd/source.h>

#include "snapshot.h"

struct layers {
	struct snapshot *at; /* the base first */
	size_t count;
};

/* Reads the states of the snapshots at these paths, the base first. */
int layers_read(struct layers *layers, char *const *paths, size_t count);
void layers_free(struct layers *layers);

const struct snapshot *layers_newest(const struct layers *layers);
/* Where their memory comes from; *direct: past the page cache, if it was set and can be. */
int layers_open(const struct layers *layers, bool *direct, struct uffd_source **source);

#endif
