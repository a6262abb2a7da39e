/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: whole lines written to a descriptor that is shared with who knows whom.
 * Must never: wait until somebody reads them, or change how others see the descriptor: its
 * O_NONBLOCK is theirs as well. Leave half of a line behind another.
 */
#ifndef SERVE_OUTLET_H
#define SERVE_OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OUTLET_MOST 32768u /* bytes that are put at once, at most */

struct outlet {
	int fd;
	bool socket;      /* asked not to wait with each message */
	size_t piece;     /* bytes written after it polled writable; 0: it never waits */
	uint64_t dropped; /* lines since it was last said how many; its user counts and says it */
	size_t rest_length;
	char rest[OUTLET_MOST]; /* of what was put last, still to be written */
};

/* fd stays the caller's; one that is not open drops everything. 0 or -errno. */
int outlet_open(struct outlet *outlet, int fd);
void outlet_close(struct outlet *outlet);

/* Whether it was taken: all is written, or what is missing will be before anything else. */
bool outlet_put(struct outlet *outlet, const char *text, size_t length);
/* Tries again to write the rest; whether nothing of it is left. */
bool outlet_flush(struct outlet *outlet);

#endif
