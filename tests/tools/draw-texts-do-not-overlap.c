/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* No text of a picture covers another or leaves the picture, whatever it is of. */
#include "test.h"

#include <math.h>

#include <svg.h>
#include <theme.h>

#include "picture.h"
#include "xml.h"

#define TEXTS   400
#define ENTRIES 16384

struct place {
	int left;
	int right;
	int top;
	int bottom;
	struct xml_text text;
};

static int size_of(const char *class)
{
	if (strncmp(class, "title", 5) == 0)
		return THEME_TITLE;
	if (strncmp(class, "heading", 7) == 0)
		return 17;
	if (strncmp(class, "tick", 4) == 0 || strncmp(class, "axis", 4) == 0 ||
	    strncmp(class, "value", 5) == 0)
		return THEME_SMALL;
	return THEME_TEXT;
}

static struct place place_of(const struct xml_text *text)
{
	int size = size_of(text->class);
	int width = svg_width(text->content, size);
	struct place p = {.left = text->x, .top = text->y - size, .bottom = text->y + 1};

	if (strstr(text->class, " middle"))
		p.left -= width / 2;
	else if (strstr(text->class, " end"))
		p.left -= width;
	p.right = p.left + width;
	p.text = *text;
	return p;
}

static void expect_readable(char *svg)
{
	static struct place places[TEXTS];
	const char *at = svg;
	size_t count = 0;
	int width, height;

	ck_assert_int_eq(
		sscanf(strstr(svg, " width="), " width=\"%d\" height=\"%d\"", &width, &height), 2);
	for (struct xml_text text; xml_next_text(&at, &text); count++) {
		struct place p = place_of(&text);

		ck_assert_uint_lt(count, TEXTS);
		ck_assert_msg(p.left >= 0 && p.right <= width && p.top >= 0 && p.bottom <= height,
			      "outside: %s, %d to %d, %d to %d", text.content, p.left, p.right,
			      p.top, p.bottom);
		for (size_t i = 0; i < count; i++)
			ck_assert_msg(p.left >= places[i].right || p.right <= places[i].left ||
					      p.top >= places[i].bottom ||
					      p.bottom <= places[i].top,
				      "\"%s\" and \"%s\"", text.content, places[i].text.content);
		places[count] = p;
	}
	free(svg);
}

static uint64_t up_to(uint64_t *state, uint64_t bits)
{
	return picture_random(state) >> (64 - 1 - picture_random(state) % bits);
}

static void traces(uint64_t *state)
{
	static struct uffd_workingset_entry e[ENTRIES];

	for (int round = 0; round < 80; round++) {
		uint64_t count = up_to(state, 14);
		uint64_t length = (1 + up_to(state, 40)) * 4 * KIB;
		uint64_t part = 1 + picture_random(state) % (length / (4 * KIB));
		uint64_t until = 1 + up_to(state, 45), slow = 1 + picture_random(state) % 50;

		for (uint64_t i = 0; i < count; i++) {
			uint64_t offset =
				length - part * 4 * KIB + picture_random(state) % part * 4 * KIB;

			e[i] = picture_entry(1 + picture_random(state) % 4, offset, 4 * KIB, offset,
					     picture_random(state) % until,
					     round % 2 ? up_to(state, slow)
						       : picture_random(state) >> (63 - slow));
		}
		expect_readable(picture_of_trace("some", length, 4 * KIB, e, count));
	}
}

/* Two latencies as far apart as can be: the labels of both are at the edges. */
static void edges(void)
{
	struct uffd_workingset_entry e[10];

	for (uint64_t i = 0; i < 10; i++)
		e[i] = picture_entry(LIBUFFD_DEMAND, i * MIB, 4 * KIB, i * MIB, i,
				     i < 6 ? 1 : UINT64_C(1) << 53);
	expect_readable(picture_of_trace("edges", 16 * MIB, 4 * KIB, e, 10));
}

static void bars(uint64_t *state)
{
	static const char *const series[DRAW_SERIES_MAX] = {"libuffd in a loop of its own",
							    "WWWWWWWWWWWWWWWWWWWW",
							    "C C C C C C C C C C C C C C C",
							    "a longer name than the others",
							    "MMMMMMMM",
							    "and one more that is long enough",
							    "gggggggggggggg",
							    "h"};
	static const char *const names[] = {
		"", "same-cpu p50", "A NAME THAT IS RATHER LONG, AND CAPITAL LETTERS ONLY", "x"};
	double values[4][DRAW_SERIES_MAX];
	struct draw_bar group[4];

	for (int round = 0; round < 100; round++) {
		for (int i = 0; i < 4; i++) {
			for (int k = 0; k < DRAW_SERIES_MAX; k++) {
				int power = (int)(picture_random(state) % 20) - 6;
				int most = 1 + round % 14;

				values[i][k] = (double)(picture_random(state) % 1000) *
					       pow(10, power < most ? power : most);
			}
			group[i] = (struct draw_bar){.name = names[i], .values = values[i]};
		}
		expect_readable(picture_of_bars("some", series,
						1 + picture_random(state) % DRAW_SERIES_MAX, "us",
						group, picture_random(state) % 5, round & 1));
	}
}

static void readable(void)
{
	uint64_t state = 1;

	traces(&state);
	edges();
	bars(&state);
}
TEST_MAIN(readable)
