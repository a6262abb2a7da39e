/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: the answer where uffd-wset was built without json-c. See wset_json.c. */
#include "wset.h"

bool wset_json_can(void)
{
	return false;
}

void wset_json_show(const struct wset *w, const struct wset_counts *counts, bool all_entries)
{
	(void)w;
	(void)counts;
	(void)all_entries;
}

void wset_json_compare(const struct wset_comparison *c)
{
	(void)c;
}
