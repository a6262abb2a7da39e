/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the marks of a trace. See marks.h.
 * Must never: draw two marks where one looks the same.
 */
#include "marks.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#define LINE_LENGTH 96 /* of the file, about */
#define MORE_AROUND 4  /* pixels */

const char *const marks_class[MARKS_LAYERS] = {
	[MARKS_PREFETCH] = "prefetch",
	[MARKS_AROUND] = "around",
	[MARKS_DEMAND] = "demand",
	[MARKS_FAULT] = "fault",
};

int marks_open(struct marks *m, int width, int height)
{
	m->columns = width / MARKS_CELL;
	m->rows = height / MARKS_CELL;
	m->cells = calloc((size_t)m->columns * (size_t)m->rows, 1);
	return m->cells ? 0 : -ENOMEM;
}

void marks_close(struct marks *m)
{
	free(m->cells);
}

static int clamp(int value, int most)
{
	return value < 0 ? 0 : value > most ? most : value;
}

/* Column by column, as they are drawn. */
static uint8_t *cell(const struct marks *m, int column, int row)
{
	return &m->cells[(size_t)column * (size_t)m->rows + (size_t)row];
}

void marks_add(struct marks *m, int layer, int x, int top, int bottom)
{
	int column = clamp(x / MARKS_CELL, m->columns - 1);
	int row = clamp(top / MARKS_CELL, m->rows - 1);
	int last = clamp((bottom - 1) / MARKS_CELL, m->rows - 1);

	do
		*cell(m, column, row) |= (uint8_t)(1u << layer);
	while (++row <= last);
}

/*
 * Whether a layer shows in a cell: it has a mark there and, where marks are not larger than cells,
 * no higher layer has.
 */
static bool shows(const struct marks *m, int column, int row, int layer, int thickness)
{
	uint8_t layers = *cell(m, column, row) >> layer;

	return thickness > MARKS_CELL ? layers & 1 : layers == 1;
}

static void draw_layer(const struct marks *m, struct svg *s, int layer, int left, int top,
		       int thickness)
{
	int written = 0;

	for (int column = 0; column < m->columns; column++) {
		for (int row = 0, end; row < m->rows; row = end) {
			int x = left + column * MARKS_CELL + MARKS_CELL / 2;
			int y = top + row * MARKS_CELL;
			int length;

			for (end = row; end < m->rows && shows(m, column, end, layer, thickness);
			     end++)
				;
			if (end == row) {
				end++;
				continue;
			}
			length = (end - row) * MARKS_CELL;
			if (length < thickness) { /* about its middle */
				y -= (thickness - length) / 2;
				length = thickness;
			}
			if (written == 0)
				svg_raw(s, "<path class=\"%s\" stroke-width=\"%d\" d=\"",
					marks_class[layer], thickness);
			svg_raw(s, "M%d %dv%d", x, y, length);
			if (++written % (LINE_LENGTH / 12) == 0)
				svg_raw(s, "\n");
		}
	}
	if (written > 0)
		svg_raw(s, "\"/>\n");
}

void marks_draw(const struct marks *m, struct svg *s, int left, int top, int thickness)
{
	for (int layer = 0; layer < MARKS_LAYERS; layer++) {
		bool wider = layer == MARKS_AROUND && thickness > MARKS_CELL;

		draw_layer(m, s, layer, left, top, thickness + (wider ? MORE_AROUND : 0));
	}
}
