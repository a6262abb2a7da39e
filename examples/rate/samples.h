/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what was seen in each interval: kept, printed as a line of a table, drawn.
 * Must never: judge.
 */
#ifndef EXAMPLES_RATE_SAMPLES_H
#define EXAMPLES_RATE_SAMPLES_H

#include <stddef.h>
#include <stdio.h>

#include "arena.h"

/* One interval; times in nanoseconds since the first one began. */
struct sample {
	uint64_t begin;
	uint64_t end;
	uint64_t pages;
	uint64_t collect_ns;
};

struct samples {
	struct sample *list;
	size_t count;
	size_t room;
};

/* 0, or -1 and it has said why. */
int samples_add(struct samples *s, const struct sample *sample);
void samples_free(struct samples *s);

void samples_print_head(void);
void sample_print(const struct sample *sample, const struct arena *arena);

/* subtitle: how it was measured. 0, or -1 and it has said why. */
int samples_draw(const struct samples *s, const struct arena *arena, const char *subtitle,
		 const char *path);

#endif
