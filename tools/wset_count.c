/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what is counted of the entries of one working set.
 * Must never: print.
 */
#include "wset.h"

const char *const wset_kind_names[WSET_KINDS] = {
	[WSET_MISSING] = "missing",
	[WSET_MINOR] = "minor",
	[WSET_DEMAND] = "demand",
	[WSET_PREFETCH] = "prefetch",
};

int wset_kind(const struct uffd_workingset_entry *e)
{
	switch (e->kind) {
	case LIBUFFD_FAULT_MISSING:
		return WSET_MISSING;
	case LIBUFFD_FAULT_MINOR:
		return WSET_MINOR;
	case LIBUFFD_DEMAND:
		return WSET_DEMAND;
	case LIBUFFD_PREFETCH:
		return WSET_PREFETCH;
	default:
		return -1;
	}
}

void wset_count(const struct wset *w, struct wset_counts *counts)
{
	*counts = (struct wset_counts){0};
	for (uint64_t i = 0; i < w->info.entries; i++) {
		const struct uffd_workingset_entry *e = &w->entries[i];
		int kind = wset_kind(e);

		if (kind < 0)
			continue;
		counts->entries[kind]++;
		counts->pages[kind] += e->length / w->info.page_size;
		counts->writes += (e->flags & LIBUFFD_EXTENT_WRITE) != 0;
		if (e->time_ns > counts->last_ns)
			counts->last_ns = e->time_ns;
	}
}
