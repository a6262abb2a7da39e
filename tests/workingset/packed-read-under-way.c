/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * While packed content is being read threads fault on its pages and wait, and pages of it are
 * thrown away: with the answer each gets what is right. Where the answer is an error, comes short,
 * or is not what was packed, the waiting threads are served from the source, and what was thrown
 * away is zeros all the same.
 */
#include "wsets.h"
#include "held.h"

#include "pager/workingset.h"

#define PAGES 64u

static struct counted c;
static struct held held;
static struct place place;

enum answer { RIGHT, ERROR, SHORT, WRONG, ANSWERS };

/* Packed content comes from what the test answers. */
static void hold_packed(struct uffd_workingset *set)
{
	size_t length;
	uint8_t *bytes = file_bytes(place.path, &length);

	memset(&held, 0, sizeof(held));
	held.content = bytes;
	uffd_source_close(set->packed);
	set->packed = held_open(&held, length);
}

static void answer(enum answer how, const struct held_read *read)
{
	held_bytes(&held, read->to, read->offset, read->length);
	switch (how) {
	case ERROR:
		uffd_read_done(read->read, -EREMOTEIO);
		break;
	case SHORT:
		uffd_read_done(read->read, (int64_t)read->length - 1);
		break;
	case WRONG:
		read->to[read->length - 1] ^= 1;
		/* fallthrough */
	default:
		uffd_read_done(read->read, (int64_t)read->length);
	}
}

static void answered(enum answer how)
{
	static const int errors[ANSWERS] = {0, -EREMOTEIO, -EIO, -EBADMSG};
	struct uffd_workingset *set;
	struct uffd_source *source;
	struct uffd_prefetch *f;
	struct held_read read;
	struct toucher t[3];
	struct served s = {0};

	test_memory_make(&s.m, LIBUFFD_BACKING_ANON, PAGES);
	s.content = content_make(s.m.length);
	s.ctx = serve_ctx_flags(0, LIBUFFD_CTX_DISCARDS);
	source = counted_open(&c, s.m.length);
	s.region = serve_region(&s, &s.m, LIBUFFD_MISSING,
				(struct uffd_region_opts){.source = source});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	set = load(place.path, s.region);
	hold_packed(set);
	f = replay_start(s.region, set);
	uffd_workingset_close(set);
	WAIT_UNTIL(held_take(&held, UINT64_MAX, &read));
	for (size_t i = 0; i < 3; i++) {
		touch_start(&t[i], served_page(&s, 7 + 20 * i) + 9, i == 1, 0x33);
		ck_assert(touch_asleep(&t[i]));
	}
	WAIT_UNTIL(stats_of(s.ctx).faults_waited == 3);
	ck_assert_int_eq(uffd_discard(s.region, 13 * s.m.page, s.m.page), 0);
	ck_assert_int_eq(uffd_discard(s.region, 7 * s.m.page, s.m.page), 0);
	ck_assert_int_eq(madvise(served_page(&s, 13), s.m.page, MADV_DONTNEED), 0);
	ck_assert_int_eq(madvise(served_page(&s, 7), s.m.page, MADV_DONTNEED), 0);
	for (size_t i = 0; i < 3; i++)
		ck_assert(touch_asleep(&t[i]));
	answer(how, &read);
	ck_assert_int_eq(prefetch_result(f), errors[how]);
	uffd_prefetch_close(f);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(touch_join(&t[i]), TOUCH_DONE);
	memset(s.content + 7 * s.m.page, 0, s.m.page);
	memset(s.content + 13 * s.m.page, 0, s.m.page);
	s.content[27 * s.m.page + 9] = 0x33;
	ck_assert_uint_eq(t[0].value, 0);
	ck_assert_uint_eq(t[2].value, s.content[47 * s.m.page + 9]);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert_msg(served_right(&s, k), "answer %d: page %zu", (int)how, k);
	serve_end(&s);
	free((void *)(uintptr_t)held.content);
}

static void packed_read_under_way(void)
{
	struct uffd_workingset *set;
	struct served s;

	place_make(&place);
	serve_from(&s, counted_open(&c, PAGES * UINT64_C(4096)), LIBUFFD_BACKING_ANON, PAGES, 0,
		   LIBUFFD_MISSING);
	ck_assert_int_eq(uffd_workingset_record(&set, s.region, NULL), 0);
	ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	ck_assert_int_eq(uffd_workingset_stop(set), 0);
	ck_assert_int_eq(uffd_workingset_save(set, place.path, LIBUFFD_WORKINGSET_PACK), 0);
	uffd_workingset_close(set);
	serve_end(&s);
	for (enum answer how = 0; how < ANSWERS; how++)
		answered(how);
	place_end(&place);
}

TEST_MAIN(packed_read_under_way)
