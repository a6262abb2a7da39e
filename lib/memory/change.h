/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what the owner of the memory did to it, applied to regions: discarded, unmapped, moved.
 * Must never: be called without the gate held exclusive (uffd_discard() takes it itself), but for
 * change_grown(), which needs none. Or allocate with malloc: see util/pages.h.
 */
#ifndef MEMORY_CHANGE_H
#define MEMORY_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

struct uffd_ctx;
struct uffd_msg;
struct uffd_region;

/* A fault that no region has: true if it was in what mremap() added behind one, and is zeros now. */
bool change_grown(struct uffd_ctx *ctx, uint64_t address);
void change_removed(struct uffd_ctx *ctx, uint64_t start, uint64_t end);
void change_unmapped(struct uffd_ctx *ctx, uint64_t start, uint64_t end);
void change_moved(struct uffd_ctx *ctx, uint64_t from, uint64_t to, uint64_t length);
/*
 * Applies the removals among the messages that a dead owner was just applying to a region that goes
 * on from there, and that nobody knows yet. Once more does no harm.
 */
void change_replay(struct uffd_region *r, const struct uffd_msg *messages, unsigned int count);

#endif
