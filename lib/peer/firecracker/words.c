/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See words.h. */
#include "peer/firecracker/words.h"

#include <errno.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 'a' - 'A';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void take_digit(struct words *w, char c)
{
	uint64_t most = w->negative ? (uint64_t)INT64_MAX : UINT64_MAX, digit = (uint64_t)(c - '0');

	if (w->number > (most - digit) / 10)
		w->large = true;
	else
		w->number = w->number * 10 + digit;
}

static void begin_number(struct words *w, char c)
{
	w->number = 0;
	w->large = false;
	w->negative = c == '-';
	if (w->negative) {
		w->state = WORDS_MINUS;
		return;
	}
	w->state = c == '0' ? WORDS_ZERO : WORDS_DIGITS;
	take_digit(w, c);
}

static int begin_literal(struct words *w, const char *rest)
{
	w->literal = rest;
	w->state = WORDS_LITERAL;
	return 0;
}

static int close_bracket(struct words *w)
{
	if (--w->depth == 0)
		w->state = WORDS_BEHIND;
	return 0;
}

static int take_colon(struct words *w)
{
	if (w->nul)
		return -EBADMSG;
	if (w->depth == 2 && w->element < LIBUFFD_PEER_REGIONS_MAX)
		w->pairs[w->element]++;
	return 0;
}

static int take_between(struct words *w, char c)
{
	switch (c) {
	case '[':
	case '{':
		w->depth++;
		return 0;
	case ']':
	case '}':
		return close_bracket(w);
	case ',':
		w->element += w->depth == 1;
		return 0;
	case ':':
		return take_colon(w);
	case '"':
		w->state = WORDS_STRING;
		w->nul = false;
		return 0;
	case 't':
		return begin_literal(w, "rue");
	case 'f':
		return begin_literal(w, "alse");
	case 'n':
		return begin_literal(w, "ull");
	default:
		if (is_blank(c))
			return 0;
		if (c != '-' && !is_digit(c))
			return -EBADMSG;
		begin_number(w, c);
		return 0;
	}
}

static int take_before(struct words *w, char c)
{
	if (is_blank(c))
		return 0;
	if (c != '[')
		return -EBADMSG;
	w->state = WORDS_BETWEEN;
	w->depth = 1;
	return 0;
}

static int take_literal(struct words *w, char c)
{
	if (c != *w->literal)
		return -EBADMSG;
	if (!*++w->literal)
		w->state = WORDS_BETWEEN;
	return 0;
}

static int take_string(struct words *w, char c)
{
	if ((unsigned char)c < ' ')
		return -EBADMSG;
	if (c == '"')
		w->state = WORDS_BETWEEN;
	else if (c == '\\')
		w->state = WORDS_ESCAPE;
	return 0;
}

static int take_escape(struct words *w, char c)
{
	if (!c || !strchr("\"\\/bfnrtu", c))
		return -EBADMSG;
	w->state = c == 'u' ? WORDS_HEX : WORDS_STRING;
	w->hex = 0;
	w->digits = 0;
	return 0;
}

static int take_hex(struct words *w, char c)
{
	int value = hex_value(c);

	if (value < 0)
		return -EBADMSG;
	w->hex = w->hex << 4 | (uint32_t)value;
	if (++w->digits < 4)
		return 0;
	w->nul = w->nul || !w->hex;
	w->state = WORDS_STRING;
	return 0;
}

/* Where in a number a byte leads, or WORDS_BETWEEN: it is none of it. */
static enum words_state in_number(enum words_state state, char c)
{
	bool digit = is_digit(c);

	switch (state) {
	case WORDS_MINUS:
		return c == '0' ? WORDS_ZERO : digit ? WORDS_DIGITS : WORDS_BETWEEN;
	case WORDS_DIGITS:
		if (digit)
			return WORDS_DIGITS;
		__attribute__((fallthrough));
	case WORDS_ZERO:
		if (c == '.')
			return WORDS_POINT;
		return c == 'e' || c == 'E' ? WORDS_E : WORDS_BETWEEN;
	case WORDS_POINT:
		return digit ? WORDS_FRACTION : WORDS_BETWEEN;
	case WORDS_FRACTION:
		if (digit)
			return WORDS_FRACTION;
		return c == 'e' || c == 'E' ? WORDS_E : WORDS_BETWEEN;
	case WORDS_E:
		if (c == '+' || c == '-')
			return WORDS_E_SIGN;
		__attribute__((fallthrough));
	default:
		return digit ? WORDS_E_DIGITS : WORDS_BETWEEN;
	}
}

static int take_number(struct words *w, char c)
{
	enum words_state last = w->state;
	bool integer = last == WORDS_ZERO || last == WORDS_DIGITS;
	int ret;

	w->state = in_number(last, c);
	if (w->state == WORDS_ZERO || w->state == WORDS_DIGITS)
		take_digit(w, c);
	if (w->state != WORDS_BETWEEN)
		return 0;
	/* What follows a number at once is none of another, nor of a word. */
	if ((!integer && last != WORDS_FRACTION && last != WORDS_E_DIGITS) ||
	    !(is_blank(c) || c == ',' || c == ']' || c == '}'))
		return -EBADMSG;
	ret = take_between(w, c);
	return ret < 0 ? ret : integer && w->large;
}

int words_take(struct words *w, char byte)
{
	switch (w->state) {
	case WORDS_BEFORE:
		return take_before(w, byte);
	case WORDS_BETWEEN:
		return take_between(w, byte);
	case WORDS_BEHIND:
		return is_blank(byte) ? 0 : -EBADMSG;
	case WORDS_LITERAL:
		return take_literal(w, byte);
	case WORDS_STRING:
		return take_string(w, byte);
	case WORDS_ESCAPE:
		return take_escape(w, byte);
	case WORDS_HEX:
		return take_hex(w, byte);
	default:
		return take_number(w, byte);
	}
}
