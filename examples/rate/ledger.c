/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what ledger.h says. Must never: see ledger.h. */
#include "ledger.h"

#include <errno.h>
#include <stdlib.h>

#include "../vm/util.h"

int ledger_open(struct ledger *l, const struct arena *arena, uint64_t lose)
{
	*l = (struct ledger){.arena = arena, .lose = lose};
	l->taken = calloc((size_t)arena->pages, sizeof(*l->taken));
	l->reported = calloc((size_t)arena->pages, sizeof(*l->reported));
	if (l->taken && l->reported)
		return 0;
	ledger_close(l);
	return complain_error("memory for the pages", ENOMEM);
}

void ledger_close(struct ledger *l)
{
	free(l->taken);
	free(l->reported);
	l->taken = NULL;
	l->reported = NULL;
}

void ledger_report(struct ledger *l, const struct uffd_range *range)
{
	uint64_t first = range->offset / l->arena->page_size;
	uint64_t end = first + range->length / l->arena->page_size;

	for (uint64_t page = first; page < end; page++) {
		if (page == l->lose)
			continue;
		l->taken[page] = page_word(l->arena, page);
		l->reported[page] = 1;
	}
}

uint64_t ledger_verify(const struct ledger *l, const struct writers *writers)
{
	uint64_t lost = 0, first = 0;

	for (uint64_t page = 0; page < l->arena->pages; page++) {
		if (!writers_wrote(writers, page) ||
		    (l->reported[page] && l->taken[page] == page_word(l->arena, page)))
			continue;
		if (lost++ == 0)
			first = page;
	}
	if (lost)
		complain_format("writes were lost", "in page %llu, which %s, and in %llu more",
				(unsigned long long)first,
				l->reported[first] ? "was written after its last report"
						   : "was never reported",
				(unsigned long long)(lost - 1));
	return lost;
}
