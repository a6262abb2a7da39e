/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: samples, and their table. Must never: judge. */
#include "samples.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "../vm/util.h"

int samples_add(struct samples *s, const struct sample *sample)
{
	if (s->count == s->room) {
		size_t room = s->room ? 2 * s->room : 64;
		struct sample *list = realloc(s->list, room * sizeof(*list));

		if (!list)
			return complain_error("memory for the table", ENOMEM);
		s->list = list;
		s->room = room;
	}
	s->list[s->count++] = *sample;
	return 0;
}

void samples_free(struct samples *s)
{
	free(s->list);
	*s = (struct samples){0};
}

void samples_print_head(void)
{
	printf("%10s %12s %10s %9s %12s\n", "time s", "pages", "MiB/s", "dirty", "collect ms");
	fflush(stdout);
}

void sample_print(const struct sample *sample, const struct arena *arena)
{
	double s = (double)(sample->end - sample->begin) / 1e9;
	double mib = (double)(sample->pages * arena->page_size) / 0x1p20;

	printf("%10.3f %12" PRIu64 " %10.1f %7.2f %% %12.3f\n", (double)sample->end / 1e9,
	       sample->pages, s > 0 ? mib / s : 0,
	       100 * (double)sample->pages / (double)arena->pages,
	       (double)sample->collect_ns / 1e6);
	fflush(stdout); /* live, also through a pipe */
}
