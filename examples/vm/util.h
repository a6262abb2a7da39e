/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what every example says and asks in the same way: errors, sizes, the time, Control-C.
 * Must never: exit on its own.
 */
#ifndef EXAMPLES_VM_UTIL_H
#define EXAMPLES_VM_UTIL_H

#include <stdbool.h>
#include <stdint.h>

/* One line on stderr: "program: what: why". Always -1, for "return complain(...)". */
int complain(const char *what, const char *why);
/* The same; error is an errno or its negative. */
int complain_error(const char *what, int error);
/* The same; why is formatted. */
__attribute__((format(printf, 2, 3))) int complain_format(const char *what, const char *why, ...);

/* "64M" to bytes: a number and K, M, G or nothing. false: it is none, or too large. */
bool parse_size(const char *text, uint64_t *bytes);

/* CLOCK_MONOTONIC, nanoseconds. */
uint64_t now_ns(void);

/* From here on SIGINT, SIGTERM and SIGHUP set a flag instead of ending the process. */
void catch_interrupts(void);
bool interrupted(void);

#endif
