/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: uffd-wset compare: what two working sets have in common.
 * Must never: compare what cannot be: other regions, other pages.
 */
#include "wset.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "units.h"

#define LABEL 12 /* columns */

static int comparable(const struct wset *a, const struct wset *b)
{
	char x[UNITS_TEXT], y[UNITS_TEXT];

	if (a->info.page_size != b->info.page_size) {
		fprintf(stderr, "uffd-wset: %s: pages of %s, those of %s have %s\n", b->path,
			units_bytes(y, b->info.page_size), a->path,
			units_bytes(x, a->info.page_size));
		return EXIT_FAILED;
	}
	if (a->info.region_length != b->info.region_length) {
		fprintf(stderr, "uffd-wset: %s: a region of %s, that of %s has %s\n", b->path,
			units_bytes(y, b->info.region_length), a->path,
			units_bytes(x, a->info.region_length));
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

static void print_pages(const char *label, uint64_t pages, const struct wset *w)
{
	char size[UNITS_TEXT];

	printf("%-*s%" PRIu64 " pages (%s)\n", LABEL, label, pages,
	       units_about(size, pages * w->info.page_size));
}

static void print_percent(const char *label, double percent, const char *of)
{
	if (percent < 0)
		printf("%-*snothing to compare\n", LABEL, label);
	else
		printf("%-*s%.1f %% of %s\n", LABEL, label, percent, of);
}

static void print(const struct wset *a, const struct wset *b, const struct wset_comparison *c)
{
	printf("%-*s%s\n", LABEL, "A", a->path);
	printf("%-*s%s\n", LABEL, "B", b->path);
	print_pages("only in A", c->only_a, a);
	print_pages("only in B", c->only_b, a);
	print_pages("in both", c->both, a);
	print_percent("overlap", wset_overlap(c), "the pages of either are in both");
	print_percent("order", wset_order(c),
		      "the common pages that A has in its first half are in B's");
}

static int compare(const struct wset *a, const struct wset *b, bool json)
{
	struct wset_comparison c;
	int ret = comparable(a, b);

	if (ret != EXIT_OK)
		return ret;
	if (wset_compare_pages(a, b, &c) < 0)
		return wset_failed(b->path, strerror(ENOMEM));
	if (json)
		wset_json_compare(&c);
	else
		print(a, b, &c);
	return wset_printed();
}

int wset_compare(const char *path_a, const char *path_b, bool json)
{
	struct wset a, b;
	int ret = wset_load(&a, path_a);

	if (ret != EXIT_OK)
		return ret;
	ret = wset_load(&b, path_b);
	if (ret == EXIT_OK) {
		ret = compare(&a, &b, json);
		wset_free(&b);
	}
	wset_free(&a);
	return ret;
}
