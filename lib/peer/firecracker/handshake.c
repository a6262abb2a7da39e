/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See handshake.h: the text. fields.c is what it says. */
#include "peer/firecracker/handshake.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* An array of objects needs 3. What is deeper lies in fields that are passed over. */
#define DEEPEST 32

int handshake_refuse(char *reason, int error, const char *format, ...)
{
	va_list arguments;

	if (!reason)
		return error;
	va_start(arguments, format);
	vsnprintf(reason, LIBUFFD_FC_REASON_MAX, format, arguments);
	va_end(arguments);
	return error;
}

int handshake_open(struct handshake *h, char *reason)
{
	*h = (struct handshake){.tokener = json_tokener_new_ex(DEEPEST), .reason = reason};
	if (!h->tokener)
		return handshake_refuse(reason, -ENOMEM, "no memory");
	json_tokener_set_flags(h->tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	return 0;
}

void handshake_close(struct handshake *h)
{
	json_object_put(h->array);
	json_tokener_free(h->tokener);
}

static bool is_memory(enum json_tokener_error error)
{
#if JSON_C_VERSION_NUM >= ((0 << 16) | (17 << 8))
	if (error == json_tokener_error_memory)
		return true;
#endif
	/* No error, and no array: it gave up before it began. */
	return error == json_tokener_success;
}

/* at: where these bytes lie in the text. */
static int feed(struct handshake *h, const char *bytes, size_t length, size_t at)
{
	enum json_tokener_error error;

	if (!length)
		return 0;
	h->array = json_tokener_parse_ex(h->tokener, bytes, (int)length);
	error = json_tokener_get_error(h->tokener);
	if (h->array || error == json_tokener_continue)
		return 0;
	if (is_memory(error))
		return handshake_refuse(h->reason, -ENOMEM, "no memory");
	return handshake_refuse(h->reason, -EBADMSG, "byte %zu: %s",
				at + json_tokener_get_parse_end(h->tokener),
				json_tokener_error_desc(error));
}

/* The tokener gets whole words only: not all its versions go on well in the middle of one. */
static int feed_up_to(struct handshake *h, const char *text, size_t end)
{
	size_t from = h->fed;

	h->fed = end;
	return feed(h, text + from, end - from, from);
}

/*
 * The integer before the byte that was just seen is handed on as floating point, since the library
 * makes of every larger one the largest that it has.
 */
static int feed_large(struct handshake *h, const char *text)
{
	int ret = feed_up_to(h, text, h->seen);

	return ret < 0 ? ret : feed(h, ".0", 2, h->seen);
}

static int refuse_byte(struct handshake *h, const char *text)
{
	unsigned char byte = (unsigned char)text[h->seen];
	const char *where = h->words.state == WORDS_BEFORE   ? "before the array"
			    : h->words.state == WORDS_BEHIND ? "behind the array"
							     : "in the array";
	int ret = h->array ? 0 : feed_up_to(h, text, h->safe);

	if (ret < 0)
		return ret;
	if (byte > ' ' && byte < 0x7f)
		return handshake_refuse(h->reason, -EBADMSG, "byte %zu: '%c' cannot be there, %s",
					h->seen, byte, where);
	return handshake_refuse(h->reason, -EBADMSG, "byte %zu: 0x%02x cannot be there, %s",
				h->seen, byte, where);
}

static int look(struct handshake *h, const char *text)
{
	int ret = words_take(&h->words, text[h->seen]);

	if (ret < 0)
		return refuse_byte(h, text);
	ret = ret ? feed_large(h, text) : 0;
	h->seen++;
	if (h->words.state == WORDS_BETWEEN || h->words.state == WORDS_BEHIND)
		h->safe = h->seen;
	return ret;
}

int handshake_read(struct handshake *h, const char *text, size_t length)
{
	size_t end = length < LIBUFFD_FC_MAX ? length : LIBUFFD_FC_MAX;
	int ret = 0;

	while (h->seen < end && ret == 0)
		ret = look(h, text);
	if (ret == 0 && !h->array)
		ret = feed_up_to(h, text, h->safe);
	if (ret < 0)
		return ret;
	if (length > LIBUFFD_FC_MAX)
		return handshake_refuse(h->reason, -E2BIG, "longer than %d bytes", LIBUFFD_FC_MAX);
	if (!h->array)
		return handshake_refuse(h->reason, -EAGAIN,
					"the array is not complete after %zu bytes", length);
	return 0;
}
