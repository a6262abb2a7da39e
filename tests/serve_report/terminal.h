/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A pseudo-terminal, and what somebody in front of it would see. */
#ifndef TERMINAL_H
#define TERMINAL_H

#include "capture.h"

struct terminal {
	int master; /* does not wait */
	int slave;  /* waits */
};

/* type: what TERM says from now on. Skips where there are no pseudo-terminals. */
struct terminal terminal_make(unsigned short width, unsigned short height, const char *type);
void terminal_resize(const struct terminal *t, unsigned short width, unsigned short height);
void terminal_free(struct terminal *t);

/* Waits for more that the terminal was told, and appends it to text: malloc'd, or NULL. */
char *terminal_read(const struct terminal *t, char *text);
/*
 * All that the terminal was told, read until a last line arrives that is told here: *told grows by
 * how often it had to be. To be freed.
 */
char *terminal_read_all(struct report *report, const struct terminal *t, size_t *told);
/* How often it is there. */
size_t count_of(const char *text, const char *what);
/* How many lines were dropped, of all that is said about it. */
size_t count_dropped(const char *text);

#define SCREEN_LINES 64
#define SCREEN_WIDTH 512

/*
 * What was ever shown: nothing scrolls away. Knows the end of a line, the return, cursor up and
 * erase below; anything else that is not printable fails the test, and so does a cursor above the
 * first line.
 */
struct screen {
	char line[SCREEN_LINES][SCREEN_WIDTH];
	size_t row;
	size_t column;
	size_t longest; /* line that was ever shown */
	size_t highest; /* that the cursor was ever moved at once */
};
/* Shows what has been written to the terminal since. */
void screen_show(struct screen *s, const struct terminal *t);
/* The lines above the cursor. */
size_t screen_lines(const struct screen *s);

#endif
