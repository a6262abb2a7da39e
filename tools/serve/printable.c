/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: text that somebody else chose, made fit for a line of ours.
 * Must never: let a control character, a byte that is not UTF-8, or an invisible character through.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "serve/printable.h"

#define CUT "..."

/* Bytes of the UTF-8 sequence at text, and its character; 0: it is none. */
static size_t sequence(const unsigned char *text, uint32_t *character)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length;

	if (text[0] < 0x80) {
		*character = text[0];
		return 1;
	}
	if (text[0] >= 0xc2 && text[0] <= 0xdf)
		length = 2;
	else if (text[0] >= 0xe0 && text[0] <= 0xef)
		length = 3;
	else if (text[0] >= 0xf0 && text[0] <= 0xf4)
		length = 4;
	else
		return 0;
	*character = text[0] & (0x7fu >> length);
	/* The NUL at the end is no continuation, so nothing is read behind it. */
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		*character = *character << 6 | (text[i] & 0x3fu);
	}
	if (*character < least[length] || *character > 0x10ffff ||
	    (*character >= 0xd800 && *character <= 0xdfff))
		return 0;
	return length;
}

/* Characters that act on a terminal, or turn the text around them, or cannot be seen, are not. */
static bool visible(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c <= 0xa0) || c == 0xad)
		return false;
	if ((c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2060 && c <= 0x206f))
		return false;
	return c != 0x061c && c != 0xfeff && (c & 0xfffe) != 0xfffe && (c < 0xe0000 || c > 0xe0fff);
}

/* The printable form of what is at text, with its length; returns how many bytes it stands for. */
static size_t show(const unsigned char *text, char out[5], size_t *length)
{
	uint32_t character;
	size_t bytes = sequence(text, &character);

	if (bytes == 0 || !visible(character)) {
		*length = (size_t)snprintf(out, 5, "\\x%02x", text[0]);
		return 1;
	}
	if (character == '\\') {
		memcpy(out, "\\\\", 2);
		*length = 2;
		return 1;
	}
	memcpy(out, text, bytes);
	*length = bytes;
	return bytes;
}

void printable(char *to, size_t size, const char *text)
{
	const unsigned char *from = (const unsigned char *)text;
	size_t at = 0, cut = 0, length;
	char one[5];

	while (*from) {
		from += show(from, one, &length);
		if (at + length >= size) {
			memcpy(to + cut, CUT, sizeof(CUT));
			return;
		}
		memcpy(to + at, one, length);
		at += length;
		/* The last place where there is room for the sign that more was there. */
		if (at + sizeof(CUT) <= size)
			cut = at;
	}
	to[at] = '\0';
}
