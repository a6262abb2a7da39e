/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the marks of a trace between being counted and being drawn: a grid of cells of two pixels,
 * each of which remembers the layers that have something there.
 * Must never: grow with the number of entries.
 */
#ifndef DRAW_MARKS_H
#define DRAW_MARKS_H

#include <stdint.h>

#include "axis.h"
#include "svg.h"

#define MARKS_CELL 2 /* pixels */

/* Layers, from the lowest. */
enum { MARKS_PREFETCH, MARKS_AROUND, MARKS_DEMAND, MARKS_FAULT, MARKS_LAYERS };

/* The class of a layer's marks. */
extern const char *const marks_class[MARKS_LAYERS];

struct marks {
	int columns;
	int rows;
	uint8_t *cells; /* of each a bit for every layer */
};

/* For a plot of so many pixels, multiples of MARKS_CELL. 0; -ENOMEM. */
int marks_open(struct marks *m, int width, int height);
void marks_close(struct marks *m);

/* A mark in the column of pixel x, over the pixels from top to bottom, or one; both from 0. */
void marks_add(struct marks *m, int layer, int x, int top, int bottom);

/*
 * One path for each layer that has marks; thickness in pixels, at least. Those around faults are
 * wider where there is room, so that a fault does not hide its own. left, top: the plot's.
 */
void marks_draw(const struct marks *m, struct svg *s, int left, int top, int thickness);

#endif
