/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A page of the set that was thrown away before the replay, announced or heard of, stays zeros,
 * with packed content and without; so does one that is thrown away while it is on its way.
 */
#include "wsets.h"
#include "held.h"

#define PAGES 64u

static struct held held;
static struct place place;

static const size_t discarded[] = {0, 17, 18, 19, 40, 63};
#define DISCARDED (sizeof(discarded) / sizeof(discarded[0]))

static bool is_discarded(size_t page)
{
	for (size_t i = 0; i < DISCARDED; i++)
		if (discarded[i] == page)
			return true;
	return false;
}

enum when { ANNOUNCED, HEARD, UNDER_WAY, WHENS };

static void thrown_away(struct served *s, bool by_event)
{
	for (size_t i = 0; i < DISCARDED; i++) {
		if (!by_event)
			ck_assert_int_eq(
				uffd_discard(s->region, discarded[i] * s->m.page, s->m.page), 0);
		ck_assert_int_eq(madvise(served_page(s, discarded[i]), s->m.page, MADV_DONTNEED),
				 0);
	}
}

static void left_alone(bool packed, enum when when)
{
	struct uffd_workingset *set;
	struct uffd_source *source;
	struct uffd_prefetch *f;
	struct served s;

	memset(&held, 0, sizeof(held));
	atomic_store(&held.at_once, when != UNDER_WAY);
	memset(&s, 0, sizeof(s));
	test_memory_make(&s.m, LIBUFFD_BACKING_ANON, PAGES);
	s.content = content_make(s.m.length);
	s.ctx = when == HEARD ? serve_ctx(UFFD_FEATURE_EVENT_REMOVE)
			      : serve_ctx_flags(0, LIBUFFD_CTX_DISCARDS);
	source = held_open(&held, s.m.length);
	s.region = serve_region(&s, &s.m, LIBUFFD_MISSING,
				(struct uffd_region_opts){.source = source});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	set = load(place.path, s.region);
	ck_assert_uint_eq(!!info_of(set).packed_bytes, packed);
	if (when != UNDER_WAY)
		thrown_away(&s, when == HEARD);
	f = replay_start(s.region, set);
	uffd_workingset_close(set);
	if (when == UNDER_WAY) {
		WAIT_UNTIL(held_count(&held) > 0);
		thrown_away(&s, false);
		held_release(&held);
	}
	ck_assert_int_eq(prefetch_result(f), 0);
	uffd_prefetch_close(f);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert_msg(is_discarded(k) ? all_zero(served_page(&s, k), s.m.page)
					      : served_right(&s, k),
			      "packed %d, when %d: page %zu", (int)packed, (int)when, k);
	serve_end(&s);
}

static void replay_leaves_what_was_discarded(void)
{
	struct uffd_workingset *set;
	struct served s;

	place_make(&place);
	atomic_store(&held.at_once, true);
	serve_from(&s, held_open(&held, PAGES * UINT64_C(4096)), LIBUFFD_BACKING_ANON, PAGES, 0,
		   LIBUFFD_MISSING);
	ck_assert_int_eq(uffd_workingset_record(&set, s.region, NULL), 0);
	ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	ck_assert_int_eq(uffd_workingset_stop(set), 0);
	serve_end(&s);
	ck_assert_int_eq(uffd_workingset_save(set, place.path, 0), 0);
	for (enum when when = 0; when < WHENS; when++)
		left_alone(false, when);
	ck_assert_int_eq(uffd_workingset_save(set, place.path, LIBUFFD_WORKINGSET_PACK), 0);
	left_alone(true, ANNOUNCED);
	left_alone(true, HEARD);
	uffd_workingset_close(set);
	place_end(&place);
}

TEST_MAIN(replay_leaves_what_was_discarded)
