/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the ring of pages that somebody waits for.
 * Must never: grow: what does not go in is saved when the sweep comes to it.
 */
#include "track/snapshot.h"

struct wanted snapshot_pop_wanted(struct uffd_snapshot *s)
{
	struct wanted w = s->wanted[s->wanted_head];

	s->wanted_head = (s->wanted_head + 1) % WANTED_MOST;
	s->wanted_count--;
	return w;
}

void snapshot_push_wanted(struct uffd_snapshot *s, struct part_saved *p, uint64_t page)
{
	if (s->wanted_count == WANTED_MOST)
		return;
	s->wanted[(s->wanted_head + s->wanted_count++) % WANTED_MOST] = (struct wanted){p, page};
}
