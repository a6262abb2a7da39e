/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: SVG as text. See svg.h.
 * Must never: let a byte of a caller's text through that XML does not allow.
 */
#include "svg.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "theme.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */
#define ELLIPSIS    "\xe2\x80\xa6"

static void note(struct svg *s, int written)
{
	if (written < 0 && s->error == 0)
		s->error = errno > 0 ? -errno : -EIO;
}

void svg_raw(struct svg *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	note(s, vfprintf(s->out, format, args));
	va_end(args);
}

/*
 * How many bytes the character at text has; 0: none that XML allows. Surrogates, overlong forms and
 * control characters are none.
 */
static size_t character(const char *text)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *at = (const unsigned char *)text;
	uint32_t code;
	size_t length;

	if (at[0] < 0x80)
		return at[0] >= ' ' && at[0] != 0x7f;
	length = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
	if (at[0] < 0xc2 || at[0] > 0xf4)
		return 0;
	code = at[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3fu);
	}
	if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ||
	    (code >= 0x80 && code < 0xa0) || (code & 0xfffe) == 0xfffe)
		return 0;
	return length;
}

static void escape(struct svg *s, const char *text)
{
	while (*text) {
		size_t length = character(text);

		if (length == 0)
			note(s, fputs(REPLACEMENT, s->out));
		else if (*text == '<')
			note(s, fputs("&lt;", s->out));
		else if (*text == '>')
			note(s, fputs("&gt;", s->out));
		else if (*text == '&')
			note(s, fputs("&amp;", s->out));
		else
			note(s, fwrite(text, 1, length, s->out) == length ? 0 : -1);
		text += length ? length : 1;
	}
}

/* How wide a character is, in hundredths of the font's size. */
static int share_of(const char *text, size_t length)
{
	if (length >= 3) /* mostly scripts whose characters are as wide as they are high */
		return 100;
	if (length != 1)
		return 70;
	if (strchr("ijl.,:;'|!()[] ftr/-", *text))
		return 41;
	if (strchr("mwMW@%", *text))
		return 100;
	return *text >= 'A' && *text <= 'Z' ? 76 : 64;
}

int svg_width(const char *text, int font_size)
{
	int shares = 0;

	while (*text && shares < 1000000) {
		size_t length = character(text);

		shares += share_of(text, length);
		text += length ? length : 1;
	}
	return (shares * font_size + 99) / 100;
}

void svg_fit(char *to, size_t size, const char *text, int font_size, int width)
{
	int left = width * 100 / font_size;
	size_t at = 0;

	if (svg_width(text, font_size) > width)
		left -= 100; /* the ellipsis */
	while (*text) {
		size_t length = character(text);
		size_t step = length ? length : 1;

		left -= share_of(text, length);
		if (left < 0 || at + step + sizeof(ELLIPSIS) > size)
			break;
		memcpy(to + at, text, step);
		at += step;
		text += step;
	}
	memcpy(to + at, *text ? ELLIPSIS : "", *text ? sizeof(ELLIPSIS) : 1);
}

void svg_open(struct svg *s, FILE *out, int width, int height, const char *title,
	      const char *description)
{
	*s = (struct svg){.out = out};
	svg_raw(s,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		"viewBox=\"0 0 %d %d\" role=\"img\">\n<title>",
		width, height, width, height);
	escape(s, title);
	svg_raw(s, "</title>\n<desc>");
	escape(s, description);
	svg_raw(s, "</desc>\n<style>%s</style>\n", theme);
	svg_rect(s, "paper", 0, 0, width, height);
}

int svg_close(struct svg *s)
{
	svg_raw(s, "</svg>\n");
	note(s, fflush(s->out));
	/* An error that the stream had before is one too: the picture is not whole. */
	if (s->error == 0 && ferror(s->out))
		s->error = -EIO;
	return s->error;
}

void svg_rect(struct svg *s, const char *class, int x, int y, int width, int height)
{
	svg_raw(s, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n", class, x,
		y, width, height);
}

void svg_line(struct svg *s, const char *class, int x1, int y1, int x2, int y2)
{
	svg_raw(s, "<path class=\"%s\" d=\"M%d %dL%d %d\"/>\n", class, x1, y1, x2, y2);
}

void svg_text(struct svg *s, const char *class, int x, int y, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	svg_raw(s, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class, x, y);
	escape(s, text);
	svg_raw(s, "</text>\n");
}
