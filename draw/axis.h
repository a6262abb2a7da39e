/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: from a value to a pixel, and which values deserve a line.
 * Must never: draw.
 */
#ifndef DRAW_AXIS_H
#define DRAW_AXIS_H

#include <stdint.h>

/* Pixels grow to the right and downwards; an axis upwards has to < from. */
struct axis {
	uint64_t low;
	uint64_t high; /* above low */
	int from;      /* the pixel of low */
	int to;        /* the pixel of high */
	uint64_t step; /* between lines */
};

/* The nearest pixel; of the nearest end for what lies outside. */
int axis_at(const struct axis *a, uint64_t value);

/*
 * Steps that give at most lines of them over span, 4 or more: a power of two; 1, 2 or 5 times a
 * power of ten.
 */
uint64_t axis_binary_step(uint64_t span, unsigned int lines);
uint64_t axis_decimal_step(uint64_t span, unsigned int lines);

/* The first multiple of the step at or above low. Past high where there is none. */
uint64_t axis_first(const struct axis *a);
/* The next after value; 0 where there is none. */
uint64_t axis_next(const struct axis *a, uint64_t value);

#endif
