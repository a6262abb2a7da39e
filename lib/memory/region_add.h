/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what a region can be made of that uffd_region_add() does not offer: several parts, and
 * states that another has had. Must never: be needed by who has a region.
 */
#ifndef MEMORY_REGION_ADD_H
#define MEMORY_REGION_ADD_H

#include "memory/region.h"

/* Where a region is, and how far it has come. */
struct layout {
	const struct part *parts; /* at least one, sorted by offset */
	uint32_t part_count;
	const uint64_t *words; /* the states of its pages, or NULL: all EMPTY */
};

/* As uffd_region_add(); whose user_free is the caller's to call when it fails. */
int region_add(struct uffd_region **region, struct uffd_ctx *ctx, uint64_t length, uint32_t modes,
	       const struct layout *at, const struct uffd_region_opts *opts);

#endif
