/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: SVG as text: elements, escaping, and the first error of writing.
 * Must never: decide where something is drawn.
 *
 * Coordinates are whole pixels from the left and from the top. A class is one of theme.c's.
 */
#ifndef DRAW_SVG_H
#define DRAW_SVG_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct svg {
	FILE *out;
	int error; /* 0, or the first negative errno */
};

/* title and description are for those who do not see the picture. */
void svg_open(struct svg *s, FILE *out, int width, int height, const char *title,
	      const char *description);
/* Ends the picture and flushes. 0, or the first error. */
int svg_close(struct svg *s);

/* Markup as it is. */
__attribute__((format(printf, 2, 3))) void svg_raw(struct svg *s, const char *format, ...);

void svg_rect(struct svg *s, const char *class, int x, int y, int width, int height);
void svg_line(struct svg *s, const char *class, int x1, int y1, int x2, int y2);
/* y is the base line's. Text of more than 511 bytes is cut. */
__attribute__((format(printf, 5, 6))) void svg_text(struct svg *s, const char *class, int x, int y,
						    const char *format, ...);

/*
 * About how many pixels a text takes that is font_size high, in the widest of the fonts that it may
 * be set in. fit cuts it to so many, with an ellipsis; to has room for size bytes.
 */
int svg_width(const char *text, int font_size);
void svg_fit(char *to, size_t size, const char *text, int font_size, int width);

#endif
