/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A page that the program had written, and that was thrown away without a word before anybody
 * collected it, is reported also when its content has been brought since, as its own or as a
 * neighbour's: what the page table forgot is not forgotten.
 */
#include "tracked.h"

#define PAGES 32u

/* Present before the region was made, so that nobody ever brought them. */
static void start_over(struct tracked *t, uint32_t method, const struct track_kind *kind,
		       uint32_t flags)
{
	struct uffd_region_opts opts = {.flags = flags};

	memset(t, 0, sizeof(*t));
	t->method = method;
	snprintf(t->name, sizeof(t->name), "%s, %s", track_method_name(method), kind->name);
	test_memory_make(&t->s.m, kind->backing, PAGES);
	memset(t->s.m.at, 7, t->s.m.length);
	t->s.content = content_make(t->s.m.length);
	t->s.ctx = serve_ctx(track_features(method));
	t->s.region = serve_region(&t->s, &t->s.m, kind->modes | LIBUFFD_WP, opts);
	t->s.loop = serve_start(t->s.ctx, NULL);
	track_start(t);
}

/* Shared memory keeps what was written: the fault continues it. */
static void shared(uint32_t method, uint32_t modes)
{
	const struct track_kind kind = {"shmem, trusted", LIBUFFD_BACKING_SHMEM, modes};
	struct tracked t;

	start_over(&t, method, &kind, LIBUFFD_REGION_TRUST_CACHE);
	track_write(&t, 3);
	track_write(&t, 5);
	track_write(&t, 9);
	ck_assert_int_eq(madvise(served_page(&t.s, 3), 3 * t.s.m.page, MADV_DONTNEED), 0);
	ck_assert_int_eq(track_read(&t, 3), 8); /* and brings 4 and 5 along */
	EXPECT_DIRTY(&t, "3 5 9");
	EXPECT_DIRTY(&t, "");
	ck_assert_int_eq(track_read(&t, 5), 8);
	track_write(&t, 5);
	EXPECT_DIRTY(&t, "5");
	track_end(&t);
}

/* Anonymous memory is what its source has again. With ASYNC, where the kernel shows it. */
static void anonymous(void)
{
	const struct track_kind kind = {"anonymous, missing", LIBUFFD_BACKING_ANON,
					LIBUFFD_MISSING};
	struct tracked t;

	start_over(&t, LIBUFFD_DIRTY_ASYNC, &kind, 0);
	track_write(&t, 3);
	ck_assert_int_eq(madvise(served_page(&t.s, 3), 2 * t.s.m.page, MADV_DONTNEED), 0);
	ck_assert(served_right(&t.s, 3));
	EXPECT_DIRTY(&t, "3-4");
	EXPECT_DIRTY(&t, "");
	track_end(&t);
}

static void brought_again_stays_dirty(void)
{
	for (uint32_t method = LIBUFFD_DIRTY_ASYNC; method <= LIBUFFD_DIRTY_SYNC; method++) {
		shared(method, LIBUFFD_MINOR);
		shared(method, LIBUFFD_MINOR | LIBUFFD_MISSING);
	}
	anonymous();
}

TEST_MAIN(brought_again_stays_dirty)
