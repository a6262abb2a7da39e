/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: uffd-wset show: a working set as text for people.
 * Must never: leave out a number because it is 0.
 */
#include "wset.h"

#include <inttypes.h>
#include <stdio.h>

#include "units.h"

#define LABEL 12 /* columns */

static void print_head(const struct wset *w, const struct wset_counts *counts)
{
	const struct uffd_workingset_info *info = &w->info;
	char size[UNITS_TEXT], page[UNITS_TEXT];

	printf("%s\n", w->path);
	printf("  %-*s%s (%" PRIu64 " bytes), pages of %s\n", LABEL, "region",
	       units_about(size, info->region_length), info->region_length,
	       units_bytes(page, info->page_size));
	printf("  %-*s%s (%" PRIu64 " bytes), from byte %" PRIu64 " on\n", LABEL, "source",
	       units_about(size, info->source_length), info->source_length, info->source_offset);
	printf("  %-*s%" PRIu64 ", and %" PRIu64 " lost\n", LABEL, "entries", info->entries,
	       info->lost);
	printf("  %-*s%" PRIu64 " (%s) in a replay\n", LABEL, "pages", info->pages,
	       units_about(size, info->pages * info->page_size));
	if (info->packed_bytes)
		printf("  %-*s%s (%" PRIu64 " bytes)\n", LABEL, "packed",
		       units_about(size, info->packed_bytes), info->packed_bytes);
	else
		printf("  %-*snothing\n", LABEL, "packed");
	printf("  %-*s%" PRIu64 ".%06" PRIu64 " ms\n", LABEL, "until", counts->last_ns / 1000000,
	       counts->last_ns % 1000000);
}

static void print_kinds(const struct wset_counts *counts)
{
	printf("\n  %-*s%12s%12s\n", LABEL, "kind", "entries", "pages");
	for (int kind = 0; kind < WSET_KINDS; kind++)
		printf("  %-*s%12" PRIu64 "%12" PRIu64 "\n", LABEL, wset_kind_names[kind],
		       counts->entries[kind], counts->pages[kind]);
	printf("  %-*s%12" PRIu64 "\n", LABEL, "by a write", counts->writes);
}

static void print_entry(const struct uffd_workingset_entry *e)
{
	int kind = wset_kind(e);
	char name[24];

	snprintf(name, sizeof(name), "%s%s", kind < 0 ? "?" : wset_kind_names[kind],
		 e->flags & LIBUFFD_EXTENT_WRITE ? ",write" : "");
	printf("  %8" PRIu64 ".%06" PRIu64 "  %-13s  %#14" PRIx64 "  %10" PRIu64 "  %#14" PRIx64
	       "  %12" PRIu64 "\n",
	       e->time_ns / 1000000, e->time_ns % 1000000, name, e->offset, e->length,
	       e->fault_offset, e->latency_ns);
}

static void print_entries(const struct wset *w, uint64_t count)
{
	if (count < w->info.entries)
		printf("\n  the first %" PRIu64 " entries, in the order of asking\n", count);
	else
		printf("\n  all entries, in the order of asking\n");
	printf("  %15s  %-13s  %14s  %10s  %14s  %12s\n", "ms", "kind", "offset", "bytes", "wanted",
	       "latency ns");
	for (uint64_t i = 0; i < count; i++)
		print_entry(&w->entries[i]);
}

int wset_show(const char *path, bool json, bool all_entries)
{
	struct wset_counts counts;
	struct wset w;
	int ret = wset_load(&w, path);

	if (ret != EXIT_OK)
		return ret;
	wset_count(&w, &counts);
	if (json) {
		wset_json_show(&w, &counts, all_entries);
	} else {
		print_head(&w, &counts);
		print_kinds(&counts);
		print_entries(&w, all_entries || w.info.entries < WSET_HEAD ? w.info.entries
									    : WSET_HEAD);
	}
	wset_free(&w);
	return wset_printed();
}
