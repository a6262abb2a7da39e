/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A collect whose results lie in the very memory that it collects from ends, though to store them
 * faults; what it wrote there is reported by the next.
 */
#include "call.h"
#include "tracked.h"

#define PAGES 8u

struct wanted {
	struct tracked *t;
	uint64_t *offset;
	struct uffd_range *ranges;
};

static long collect(struct call *c)
{
	struct wanted *w = c->at;

	return (long)uffd_dirty_collect(w->t->dirty, w->offset, w->ranges, 4);
}

static void within(uint32_t method, const struct track_kind *kind, uint64_t features)
{
	struct tracked t;
	struct wanted w = {.t = &t};
	struct call c = {.fn = collect, .at = &w};

	track_serve(&t, method, kind, PAGES, features, 0,
		    (struct uffd_region_opts){.fault_around = 4096});
	if (features)
		strcat(t.name, ", events");
	track_write(&t, 5);
	*(volatile uint64_t *)(void *)served_page(&t.s, 5) = 0;
	track_start(&t);
	track_write(&t, 1);
	track_write(&t, 3);
	/* Two pages: one that is there and protected, one that was never touched. */
	w.offset = (uint64_t *)(void *)served_page(&t.s, 5);
	w.ranges = (struct uffd_range *)(void *)served_page(&t.s, 7);
	call_start(&c);
	WAIT_UNTIL(atomic_load(&c.done));
	ck_assert_int_eq(call_join(&c), 2);
	ck_assert_uint_eq(w.ranges[0].offset, t.s.m.page);
	ck_assert_uint_eq(w.ranges[1].offset, 3 * t.s.m.page);
	ck_assert_uint_eq(*w.offset, t.s.m.length);
	EXPECT_DIRTY(&t, "5 7");
	EXPECT_DIRTY(&t, "");
	track_end(&t);
}

static void each(uint32_t method, const struct track_kind *kind)
{
	within(method, kind, 0);
	within(method, kind, UFFD_FEATURE_EVENT_REMOVE);
}

static void results_may_lie_in_tracked_memory(void)
{
	track_each(each, PAGES);
}

TEST_MAIN(results_may_lie_in_tracked_memory)
