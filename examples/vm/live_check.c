/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: looking at what has been taken. Must never: look at the guest's own memory. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "count.h"
#include "layers.h"
#include "live_take.h"
#include "memory.h"
#include "util.h"

static void report(const struct count *count, uint64_t pages)
{
	if (count->page == pages)
		printf("  one instant: %" PRIu64 " in every page\n", count->newest);
	else
		printf("  one instant: %" PRIu64 " up to page %" PRIu64 ", %" PRIu64
		       " from there on\n",
		       count->newest, count->page, count->newest - 1);
}

static int verify(const struct live *live, const void *memory, const char *path,
		  const struct taken *taken)
{
	uint64_t pages = live->size >> PATTERN_PAGE_SHIFT, counted;
	struct pattern_place bad;
	struct count count;

	if (!count_verify(memory, live->size, &live->guest.pattern, &count, &bad))
		return complain_format(path, "page %" PRIu64 " is wrong at byte %u", bad.page,
				       bad.word * 8);
	counted = count.newest * guest_pages(&live->guest) - (pages - count.page);
	if (counted < taken->least || counted > taken->most)
		return complain_format(path,
				       "of another instant: after %" PRIu64 " pages, where the "
				       "guest was between %" PRIu64 " and %" PRIu64,
				       counted, taken->least, taken->most);
	report(&count, pages);
	return 0;
}

int live_check(const struct live *live, char *const *paths, size_t count, const struct taken *taken)
{
	struct memory memory = MEMORY_NONE;
	struct layers layers;
	int ret = -1;

	/* As a new VM would get it, but that nobody runs there. */
	if (layers_read(&layers, paths, count) == 0 &&
	    memory_attach(&memory, &layers, &live->options->vm) == 0) {
		/* An access would end in SIGBUS where a page cannot be brought; this says so. */
		ret = uffd_demand(memory.region, 0, memory.size, NULL);
		if (ret < 0)
			complain_error(layers_newest(&layers)->memory_path, ret);
		else
			ret = verify(live, memory.at, paths[count - 1], taken);
	}
	memory_free(&memory);
	layers_free(&layers);
	return ret < 0 ? -1 : 0;
}
