/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the ways in which regions lie in the address space.
 * Must never: compare layouts of different total length: every one has the same pages.
 */
#ifndef BENCH_SCALE_LAYOUT_H
#define BENCH_SCALE_LAYOUT_H

#include "content.h"
#include "library.h"
#include "scale.h"

#define REGIONS_MOST  10000u
#define PAGES_EACH    16u /* of the 10,000; a single region has them all */
#define PAGES_TOTAL   (REGIONS_MOST * PAGES_EACH)
#define CONTENT_PAGES 1024u
#define ONE_REGION    "regions-1"

/* What lies between two regions. */
enum gap {
	GAP_NONE,
	GAP_EVEN, /* the same everywhere, and no power of two, which would suit tables too well */
	GAP_ANY,  /* any length, now and then very long, as in a process that maps this and that */
};

struct layout {
	const char *name;
	const char *bare; /* the same by hand */
	unsigned int regions;
	enum gap gap;
};

struct place {
	uint8_t *at;
	uint64_t first; /* its first page, counted over all regions */
	struct uffd_region *region;
	const struct content *content;
};

struct scene {
	const struct options *o;
	struct results *results;
	int round;
	const struct layout *layout;
	uint8_t *map;
	size_t mapped;
	size_t region_length;
	struct place *places; /* by address */
	struct uffd_ctx *ctx;
};

void lay_out(struct scene *s, const struct content *content);
void clear_away(struct scene *s);

/* The page's content, whichever region has it. */
const void *place_content(const struct place *place, uint64_t offset);

/* A sample of the row {variant, metric}. */
void scene_add(const struct scene *s, const char *variant, const char *metric, const char *unit,
	       const char *baseline, double value);
void scene_check(const char *what, int error);

/* Accesses all over the regions, each to a page of its own, served on the same CPU. */
void scale_faults(const struct scene *s);
void scale_faults_bare(const struct scene *s);

#endif
