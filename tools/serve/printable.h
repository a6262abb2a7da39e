/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: text that somebody else chose, made fit for a line of ours.
 * Must never: let a control character, a byte that is not UTF-8, or an invisible character through.
 */
#ifndef SERVE_PRINTABLE_H
#define SERVE_PRINTABLE_H

#include <stddef.h>

/*
 * Copies text to to, of size bytes (at least 8): what is not printable as \xNN for each byte, a
 * backslash doubled. What does not fit is cut, and "..." stands for it.
 */
void printable(char *to, size_t size, const char *text);

#endif
