/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: how long accesses take, and the end of the program when one takes too long.
 * Must never: touch guest memory, or wait for who does.
 */
#ifndef SERVE_VMM_WATCH_H
#define SERVE_VMM_WATCH_H

#include <stdint.h>

struct watch;

/* A thread that looks after count actors. 0; -1: the reason was said. */
int watch_open(struct watch **watch, unsigned int count, uint64_t patience_ns);
void watch_close(struct watch *watch);

/* Around what may wait for a page. what: "page" or "discard of page"; not copied. */
void watch_begin(struct watch *watch, unsigned int actor, const char *what, uint64_t page);
void watch_end(struct watch *watch, unsigned int actor);

/* Of all that have ended. */
uint64_t watch_longest_ns(const struct watch *watch);

#endif
