/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: well-formedness, and searching. See xml.h. */
#include "xml.h"

#include "test.h"

#include <ctype.h>

#define DEPTH 16

struct reader {
	const char *begin;
	const char *at;
};

__attribute__((noreturn)) static void bad(const struct reader *r, const char *what)
{
	ck_abort_msg("byte %ld: %s: %.60s", (long)(r->at - r->begin), what, r->at);
	abort();
}

/* One character of text: UTF-8, no control character but space. */
static void skip_character(struct reader *r)
{
	const unsigned char *c = (const unsigned char *)r->at;
	int more;

	if (*c < 0x80) {
		if ((*c < ' ' && *c != '\n' && *c != '\t') || *c == 0x7f)
			bad(r, "a control character");
		r->at++;
		return;
	}
	more = *c >= 0xf0 && *c < 0xf5 ? 3 : *c >= 0xe0 ? 2 : 1;
	if (*c < 0xc2 || *c > 0xf4)
		bad(r, "no UTF-8");
	for (int i = 1; i <= more; i++)
		if ((c[i] & 0xc0) != 0x80)
			bad(r, "no UTF-8");
	if ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xf0 && c[1] < 0x90) ||
	    (c[0] == 0xed && c[1] > 0x9f) || (c[0] == 0xf4 && c[1] > 0x8f))
		bad(r, "no UTF-8");
	r->at += more + 1;
}

static void skip_entity(struct reader *r)
{
	static const char *const names[] = {"&lt;", "&gt;", "&amp;", "&quot;", "&apos;"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strncmp(r->at, names[i], strlen(names[i])) == 0) {
			r->at += strlen(names[i]);
			return;
		}
	}
	bad(r, "an entity that is none");
}

/* Up to one of the two characters, which must come. */
static void skip_content(struct reader *r, char end, char never)
{
	while (*r->at != end) {
		if (*r->at == '\0' || *r->at == never)
			bad(r, "unexpected");
		if (*r->at == '&')
			skip_entity(r);
		else
			skip_character(r);
	}
}

static void skip_name(struct reader *r, char *name, size_t size)
{
	size_t length = 0;

	if (!isalpha((unsigned char)*r->at))
		bad(r, "a name was expected");
	while (isalnum((unsigned char)*r->at) || *r->at == '-' || *r->at == ':') {
		if (length + 1 == size)
			bad(r, "a long name");
		name[length++] = *r->at++;
	}
	name[length] = '\0';
}

static void skip_space(struct reader *r)
{
	while (isspace((unsigned char)*r->at))
		r->at++;
}

/* Attributes, to the end of a tag; whether an element remains open. */
static bool skip_attributes(struct reader *r)
{
	char seen[16][32];
	int count = 0;

	for (;;) {
		const char *before = r->at;

		skip_space(r);
		if (strncmp(r->at, "/>", 2) == 0) {
			r->at += 2;
			return false;
		}
		if (*r->at == '>') {
			r->at++;
			return true;
		}
		if (r->at == before || count == 16)
			bad(r, "no space between attributes, or too many");
		skip_name(r, seen[count], sizeof(seen[count]));
		for (int i = 0; i < count; i++)
			if (strcmp(seen[i], seen[count]) == 0)
				bad(r, "an attribute twice");
		count++;
		if (strncmp(r->at, "=\"", 2) != 0)
			bad(r, "an attribute without a value");
		r->at += 2;
		skip_content(r, '"', '<');
		r->at++;
	}
}

void xml_check(const char *text)
{
	static const char prolog[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
	struct reader r = {.begin = text, .at = text};
	char open[DEPTH][32], name[32];
	int depth = 0;

	if (strncmp(text, prolog, strlen(prolog)) != 0)
		bad(&r, "no prolog");
	r.at += strlen(prolog);
	do {
		if (depth > 0)
			skip_content(&r, '<', '\0');
		if (*r.at++ != '<')
			bad(&r, "no element");
		if (*r.at == '/') {
			r.at++;
			skip_name(&r, name, sizeof(name));
			if (depth == 0 || strcmp(open[--depth], name) != 0 || *r.at++ != '>')
				bad(&r, "the end of another element");
			continue;
		}
		if (depth == DEPTH)
			bad(&r, "deep");
		skip_name(&r, open[depth], sizeof(open[depth]));
		depth += skip_attributes(&r);
	} while (depth > 0);
	skip_space(&r);
	if (*r.at)
		bad(&r, "more than one element");
}

size_t xml_count(const char *text, const char *what)
{
	size_t count = 0;

	for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
		count++;
	return count;
}

size_t xml_marks(const char *text, const char *class)
{
	char begin[64];
	size_t count = 0;

	snprintf(begin, sizeof(begin), "<path class=\"%s\" ", class);
	for (const char *at = text; (at = strstr(at, begin)); at++) {
		const char *d = strstr(at, " d=\"");

		ck_assert_ptr_nonnull(d);
		for (d += 4; *d != '"'; d++)
			count += *d == 'M';
	}
	return count;
}

static void unescape(char *text)
{
	static const struct {
		const char *name;
		char is;
	} entities[] = {{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}};

	for (char *at = text; (at = strchr(at, '&')); at++) {
		for (size_t i = 0; i < 3; i++) {
			size_t length = strlen(entities[i].name);

			if (strncmp(at, entities[i].name, length) != 0)
				continue;
			*at = entities[i].is;
			memmove(at + 1, at + length, strlen(at + length) + 1);
			break;
		}
	}
}

int xml_next_text(const char **at, struct xml_text *text)
{
	const char *begin = strstr(*at, "<text ");
	int read = 0;

	if (!begin)
		return 0;
	ck_assert_int_eq(sscanf(begin, "<text class=\"%31[^\"]\" x=\"%d\" y=\"%d\">%n", text->class,
				&text->x, &text->y, &read),
			 3);
	begin += read;
	*at = strstr(begin, "</text>");
	ck_assert_ptr_nonnull(*at);
	ck_assert_uint_lt((size_t)(*at - begin), sizeof(text->content));
	memcpy(text->content, begin, (size_t)(*at - begin));
	text->content[*at - begin] = '\0';
	unescape(text->content);
	return 1;
}
