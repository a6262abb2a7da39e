/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: numbers as people read them.
 * Must never: be read by a program; that is what JSON is for.
 *
 * Each writes to text and returns it.
 */
#ifndef DRAW_UNITS_H
#define DRAW_UNITS_H

#include <stdint.h>

#define UNITS_TEXT 40

/* "12,345,678". */
const char *units_count(char text[UNITS_TEXT], uint64_t count);
/* Exactly: "0", "64 KiB", "1.5 GiB", "1537 B". */
const char *units_bytes(char text[UNITS_TEXT], uint64_t bytes);
/* To three digits: "31.2 MiB". */
const char *units_about(char text[UNITS_TEXT], uint64_t bytes);
/* To three digits: "850 ns", "12.3 µs", "4.1 ms", "250 s". */
const char *units_time(char text[UNITS_TEXT], uint64_t ns);
/* To three digits, thousands apart: "0.0123", "1.23", "1,235", "1.23e+12". */
const char *units_number(char text[UNITS_TEXT], double number);

#endif
