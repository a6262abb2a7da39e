/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what 1, 100 and 10,000 regions in one context cost: setting up and tearing down, looking an
 * address up, a fault end to end.
 * Must never: time the library and what it is held against on different mappings.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bare.h"
#include "scale_layout.h"
#include "util.h"

static const struct layout layouts[] = {
	{ONE_REGION, "bare-regions-1", 1, GAP_EVEN},
	{"regions-100", "bare-regions-100", 100, GAP_EVEN},
	{"regions-10000", "bare-regions-10000", REGIONS_MOST, GAP_EVEN},
	{"regions-10000-adjacent", "bare-regions-10000-adjacent", REGIONS_MOST, GAP_NONE},
	{"regions-10000-uneven", "bare-regions-10000-uneven", REGIONS_MOST, GAP_ANY},
};

#define LAYOUTS (sizeof(layouts) / sizeof(layouts[0]))

static int copy_page(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	return uffd_copy(region, extent->offset, place_content(user, extent->offset),
			 extent->length, 0);
}

static void measure_bare(struct scene *s)
{
	int fd = bare_open(0);
	uint64_t start, up, down;

	if (fd < 0)
		fatal("userfaultfd: %s", strerror(-fd));
	start = now_ns();
	for (unsigned int i = 0; i < s->layout->regions; i++)
		scene_check("UFFDIO_REGISTER", bare_register(fd, s->places[i].at, s->region_length,
							     UFFDIO_REGISTER_MODE_MISSING));
	up = now_ns() - start;
	start = now_ns();
	close(fd);
	down = now_ns() - start;
	scene_add(s, s->layout->bare, "set-up per region", "us", NULL,
		  (double)up / 1e3 / s->layout->regions);
	scene_add(s, s->layout->bare, "tear-down per region", "us", NULL,
		  (double)down / 1e3 / s->layout->regions);
	scale_faults_bare(s);
}

static void set_up(struct scene *s)
{
	uint64_t start;

	start = now_ns();
	for (unsigned int i = 0; i < s->layout->regions; i++) {
		struct place *place = &s->places[i];
		struct uffd_region_opts opts = {
			.size = sizeof(opts),
			.fault_around = page_size(),
			.fault = copy_page,
			.user = place,
		};

		scene_check("uffd_region_add",
			    uffd_region_add(&place->region, s->ctx, place->at, s->region_length,
					    LIBUFFD_MISSING, &opts));
	}
	scene_add(s, s->layout->name, "set-up per region", "us", s->layout->bare,
		  (double)(now_ns() - start) / 1e3 / s->layout->regions);
}

static void tear_down(struct scene *s)
{
	uint64_t start = now_ns();

	scene_check("uffd_ctx_close", uffd_ctx_close(s->ctx, LIBUFFD_CLOSE_DROP));
	scene_add(s, s->layout->name, "tear-down per region", "us", s->layout->bare,
		  (double)(now_ns() - start) / 1e3 / s->layout->regions);
}

/* Addresses all over the regions, and the sum of where in their regions they are. */
static uint64_t draw_addresses(const struct scene *s, const void **addresses, size_t count)
{
	struct random r = {.state = 2};
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t place = random_below(&r, s->layout->regions);
		uint64_t offset = random_below(&r, s->region_length);

		addresses[i] = s->places[place].at + offset;
		sum += offset;
	}
	return sum;
}

static void prove_lookups(const struct scene *s, const void *const *addresses, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t offset = 0;
		struct uffd_region *region = uffd_region_lookup(s->ctx, addresses[i], &offset);
		const struct place *place = region ? uffd_region_user(region) : NULL;

		if (!place || place->region != region ||
		    place->at + offset != (const uint8_t *)addresses[i])
			fatal("scale: uffd_region_lookup: not the region of the address");
	}
}

static void look_up(const struct scene *s)
{
	size_t count = s->o->quick ? 100000 : 4000000;
	const void **addresses = malloc(count * sizeof(*addresses));
	uint64_t expected, sum = 0, again = 0, offset, start, ns;

	if (!addresses)
		fatal("out of memory");
	expected = draw_addresses(s, addresses, count);
	prove_lookups(s, addresses, count / 100);
	start = now_ns();
	for (size_t i = 0; i < count; i++) {
		if (uffd_region_lookup(s->ctx, addresses[i], &offset))
			sum += offset;
	}
	ns = now_ns() - start;
	scene_add(s, s->layout->name, "lookup", "ns", ONE_REGION, (double)ns / (double)count);

	/* As a fault has it: the next address is not known before this one is done. */
	start = now_ns();
	offset = 0;
	for (size_t i = 0; i < count; i++) {
		if (uffd_region_lookup(s->ctx, addresses[i + (offset >> 63)], &offset))
			again += offset;
	}
	ns = now_ns() - start;
	scene_add(s, s->layout->name, "lookup in turn", "ns", ONE_REGION,
		  (double)ns / (double)count);
	if (sum != expected || again != expected)
		fatal("scale: uffd_region_lookup: wrong offsets");
	free(addresses);
}

static void measure(struct scene *s, const struct content *content)
{
	lay_out(s, content);
	if (wanted(s->o, s->layout->bare))
		measure_bare(s);
	clear_away(s);
	if (!wanted(s->o, s->layout->name))
		return;
	lay_out(s, content);
	scene_check("uffd_ctx_open", library_open(&s->ctx));
	set_up(s);
	look_up(s);
	scale_faults(s);
	tear_down(s);
	clear_away(s);
}

void scale_regions(const struct options *o, struct results *results, int round)
{
	struct content content;
	int fd = bare_open(0);

	if (fd < 0) {
		result_skip("scale", "regions", strerror(-fd));
		return;
	}
	close(fd);
	content_in_memory(&content, CONTENT_PAGES * page_size());
	for (size_t i = 0; i < LAYOUTS; i++) {
		struct scene s = {
			.o = o,
			.results = results,
			.round = round,
			.layout = &layouts[turn_of(i, round, LAYOUTS)],
		};

		measure(&s, &content);
	}
	content_free(&content);
}
