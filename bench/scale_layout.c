/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the ways in which regions lie in the address space.
 * Must never: compare layouts of different total length: every one has the same pages.
 */
#include "scale_layout.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

void scene_check(const char *what, int error)
{
	if (error)
		fatal("scale: %s: %s", what, strerror(-error));
}

void scene_add(const struct scene *s, const char *variant, const char *metric, const char *unit,
	       const char *baseline, double value)
{
	result_add(s->results, s->round, "scale", variant, metric, unit, baseline, value);
}

static size_t next_gap(const struct scene *s, struct random *r)
{
	uint64_t pages = 0;

	switch (s->layout->gap) {
	case GAP_NONE:
		break;
	case GAP_EVEN:
		pages = 5;
		break;
	case GAP_ANY:
		pages = 1 + random_below(r, 4 * PAGES_EACH);
		if (random_below(r, 100) == 0)
			pages += random_below(r, GIB / page_size());
		break;
	}
	return pages * page_size();
}

void lay_out(struct scene *s, const struct content *content)
{
	struct random again = {.state = 1}, r = again;
	size_t at = 0;

	s->region_length = PAGES_TOTAL / s->layout->regions * page_size();
	s->places = calloc(s->layout->regions, sizeof(*s->places));
	if (!s->places)
		fatal("out of memory");
	s->mapped = 0;
	for (unsigned int i = 0; i < s->layout->regions; i++)
		s->mapped += s->region_length + next_gap(s, &r);
	s->map = map_sparse(s->mapped);
	if (!s->map)
		fatal("scale: mapping %zu bytes: %m", s->mapped);
	for (unsigned int i = 0; i < s->layout->regions; i++) {
		struct place *place = &s->places[i];

		place->at = s->map + at;
		place->first = (uint64_t)i * (s->region_length / page_size());
		place->content = content;
		at += s->region_length + next_gap(s, &again);
	}
}

void clear_away(struct scene *s)
{
	unmap(s->map, s->mapped);
	free(s->places);
}

const void *place_content(const struct place *place, uint64_t offset)
{
	uint64_t page = (place->first + offset / page_size()) % CONTENT_PAGES;

	return place->content->memory + page * page_size();
}
