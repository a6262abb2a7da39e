/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: numbers as people read them. See units.h.
 * Must never: say more than the number does.
 */
#include "units.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *units_count(char text[UNITS_TEXT], uint64_t count)
{
	char digits[24];
	size_t length = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, count);
	size_t at = 0;

	for (size_t i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			text[at++] = ',';
		text[at++] = digits[i];
	}
	text[at] = '\0';
	return text;
}

static const char *const binary[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

const char *units_bytes(char text[UNITS_TEXT], uint64_t bytes)
{
	unsigned int unit = 6;

	/* The largest unit of which it is a multiple, or half a one. */
	while (unit > 0 &&
	       (bytes >> (10 * unit) == 0 || (bytes & ((UINT64_C(1) << (10 * unit - 1)) - 1)) != 0))
		unit--;
	if (bytes == 0)
		return strcpy(text, "0");
	snprintf(text, UNITS_TEXT, "%" PRIu64 "%s %s", bytes >> (10 * unit),
		 unit > 0 && (bytes >> (10 * unit - 1) & 1) ? ".5" : "", binary[unit]);
	return text;
}

/* Three digits, and no zeros behind the point. */
static void three_digits(char text[UNITS_TEXT], double number, const char *unit)
{
	int places = number < 9.995 ? 2 : number < 99.95 ? 1 : 0;
	int length = snprintf(text, UNITS_TEXT, "%.*f", places, number);

	while (places > 0 && length > 0 && text[length - 1] == '0') {
		length--;
		if (--places == 0)
			length--; /* the point, whatever the locale has for it */
	}
	snprintf(text + length, (size_t)(UNITS_TEXT - length), " %s", unit);
}

const char *units_about(char text[UNITS_TEXT], uint64_t bytes)
{
	double number = (double)bytes;
	unsigned int unit = 0;

	while (number >= 1023.5 && unit < 6) {
		number /= 1024;
		unit++;
	}
	three_digits(text, number, binary[unit]);
	return text;
}

const char *units_time(char text[UNITS_TEXT], uint64_t ns)
{
	static const char *const units[] = {"ns", "\xc2\xb5s", "ms", "s"};
	double number = (double)ns;
	unsigned int unit = 0;

	if (ns >= UINT64_C(1000000000000000)) {
		snprintf(text, UNITS_TEXT, "%.3g s", number / 1e9);
		return text;
	}

	while (number >= 999.5 && unit < 3) {
		number /= 1000;
		unit++;
	}
	three_digits(text, number, units[unit]);
	return text;
}

const char *units_number(char text[UNITS_TEXT], double number)
{
	if (number >= 99.95 && number < 1e10)
		return units_count(text, (uint64_t)(number + 0.5));
	snprintf(text, UNITS_TEXT, "%.3g", number);
	return text;
}
