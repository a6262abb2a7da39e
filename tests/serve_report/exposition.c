/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: Prometheus' text format 0.0.4, read strictly. */
#include "exposition.h"

#include <ctype.h>

static void expect(const char **at, const char *text)
{
	ck_assert_msg(!strncmp(*at, text, strlen(text)), "'%s' expected at: %.60s", text, *at);
	*at += strlen(text);
}

/* [a-zA-Z_:][a-zA-Z0-9_:]*; the colon not in a label's name. */
static void parse_name(const char **at, char *name, size_t size, bool colon)
{
	size_t length = 0;

	while (isalpha((unsigned char)**at) || **at == '_' || (colon && **at == ':') ||
	       (length > 0 && isdigit((unsigned char)**at))) {
		ck_assert_uint_lt(length + 1, size);
		name[length++] = *(*at)++;
	}
	name[length] = '\0';
	ck_assert_msg(length > 0, "no name at: %.60s", *at);
}

static void parse_quoted(const char **at, char *value, size_t size)
{
	size_t length = 0;

	expect(at, "\"");
	while (**at != '"') {
		char c = *(*at)++;

		ck_assert_msg(c != '\0' && c != '\n', "a label's value without its end");
		if (c == '\\') {
			c = *(*at)++;
			ck_assert_msg(c == '\\' || c == '"' || c == 'n', "escaped: %c", c);
			c = c == 'n' ? '\n' : c;
		}
		ck_assert_uint_lt(length + 1, size);
		value[length++] = c;
	}
	value[length] = '\0';
	expect(at, "\"");
}

static void parse_labels(const char **at, struct sample *s)
{
	if (**at != '{')
		return;
	do {
		++*at;
		ck_assert_uint_lt(s->label_count, LABELS_MOST);
		parse_name(at, s->labels[s->label_count].name,
			   sizeof(s->labels[s->label_count].name), false);
		expect(at, "=");
		parse_quoted(at, s->labels[s->label_count].value,
			     sizeof(s->labels[s->label_count].value));
		for (size_t i = 0; i < s->label_count; i++)
			ck_assert_str_ne(s->labels[i].name, s->labels[s->label_count].name);
		s->label_count++;
	} while (**at == ',');
	expect(at, "}");
}

/* [0-9]+(\.[0-9]+)?: what is counted or measured here is not negative. */
static void parse_number(const char **at, char *value, size_t size)
{
	size_t length = strspn(*at, "0123456789");

	ck_assert_msg(length > 0, "no number at: %.60s", *at);
	if ((*at)[length] == '.') {
		size_t digits = strspn(*at + length + 1, "0123456789");

		ck_assert_uint_gt(digits, 0);
		length += 1 + digits;
	}
	ck_assert_uint_lt(length, size);
	memcpy(value, *at, length);
	value[length] = '\0';
	*at += length;
}

/* "# HELP" and "# TYPE" begin a metric. */
static void parse_head(struct exposition *e, const char **at)
{
	struct metric_type *m = &e->metrics[e->metric_count];
	char name[96];
	size_t help;

	ck_assert_uint_lt(e->metric_count, 128);
	expect(at, "# HELP ");
	parse_name(at, m->name, sizeof(m->name), true);
	for (size_t i = 0; i < e->metric_count; i++)
		ck_assert_str_ne(e->metrics[i].name, m->name);
	expect(at, " ");
	help = strcspn(*at, "\n\\");
	ck_assert_uint_gt(help, 0);
	*at += help;
	expect(at, "\n# TYPE ");
	parse_name(at, name, sizeof(name), true);
	ck_assert_str_eq(name, m->name);
	expect(at, " ");
	parse_name(at, m->type, sizeof(m->type), false);
	ck_assert(!strcmp(m->type, "counter") || !strcmp(m->type, "gauge"));
	expect(at, "\n");
	e->metric_count++;
}

static bool same_series(const struct sample *a, const struct sample *b)
{
	if (strcmp(a->name, b->name) != 0 || a->label_count != b->label_count)
		return false;
	for (size_t i = 0; i < a->label_count; i++)
		if (strcmp(a->labels[i].name, b->labels[i].name) != 0 ||
		    strcmp(a->labels[i].value, b->labels[i].value) != 0)
			return false;
	return true;
}

static void parse_sample(struct exposition *e, const char **at)
{
	struct sample *s = &e->samples[e->sample_count];

	ck_assert_uint_lt(e->sample_count, SAMPLES_MOST);
	ck_assert_uint_gt(e->metric_count, 0);
	memset(s, 0, sizeof(*s));
	parse_name(at, s->name, sizeof(s->name), true);
	/* Of the metric that was begun last: samples of one stand together. */
	ck_assert_str_eq(s->name, e->metrics[e->metric_count - 1].name);
	parse_labels(at, s);
	expect(at, " ");
	parse_number(at, s->value, sizeof(s->value));
	expect(at, "\n");
	for (size_t i = 0; i < e->sample_count; i++)
		ck_assert_msg(!same_series(&e->samples[i], s), "%s twice", s->name);
	e->sample_count++;
}

void exposition_parse(struct exposition *e, const char *text)
{
	e->metric_count = e->sample_count = 0;
	while (*text) {
		if (*text == '#')
			parse_head(e, &text);
		else
			parse_sample(e, &text);
	}
}

static bool has_labels(const struct sample *s, const char *labels)
{
	char text[1024] = "";

	for (size_t i = 0; i < s->label_count; i++) {
		size_t length = strlen(text);

		snprintf(text + length, sizeof(text) - length, "%s%s=%s", i ? "," : "",
			 s->labels[i].name, s->labels[i].value);
	}
	return !strcmp(text, labels);
}

const char *exposition_value(const struct exposition *e, const char *name, const char *labels)
{
	for (size_t i = 0; i < e->sample_count; i++)
		if (!strcmp(e->samples[i].name, name) && has_labels(&e->samples[i], labels))
			return e->samples[i].value;
	ck_abort_msg("no %s{%s}", name, labels);
}
