/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Memory that is unmapped before it was saved fails the snapshot with ENOENT, whether the context
 * hears of it or not, whether it was gone before the instant or goes after; unmapped when it was
 * saved it does not. A region of which nothing is left is refused at once. Nobody waits for ever.
 */
#include "out.h"

#define PAGES 1024u

static void make(struct served *s, bool lazy, uint64_t features)
{
	if (lazy)
		snap_serve_lazily(s, LIBUFFD_BACKING_ANON, PAGES, features, 0, LIBUFFD_MISSING,
				  (struct uffd_region_opts){0});
	else
		snap_serve(s, &kinds[0], PAGES, features, 0);
	for (size_t n = 0; n < PAGES; n++)
		snap_fill(s, n, (uint8_t)(n % 255 + 1));
	serve_settled(s);
}

static void after_the_instant(bool lazy, uint64_t features)
{
	struct uffd_snapshot *snapshot;
	struct toucher t;
	struct served s;
	struct out o;
	int ret;

	make(&s, lazy, features);
	out_make(&o, s.m.length, true);
	snapshot = snap_begin(s.region, -1, out_opts(&o, SNAP_LEAST));
	out_entered(&o);
	snap_idle();
	ck_assert_int_eq(munmap(served_page(&s, PAGES - 100), 40960), 0);
	touch_start(&t, served_page(&s, PAGES - 1), true, 1);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	out_shut(&o, false);
	ret = snap_end(snapshot);
	ck_assert_msg(ret == -ENOENT, "%d", ret);
	memset(served_page(&s, 0), 1, 4096);
	out_free(&o);
	serve_end(&s);
}

static void when_it_was_saved(bool lazy, uint64_t features)
{
	struct uffd_snapshot *snapshot;
	struct served s;
	struct out o;

	make(&s, lazy, features);
	out_make(&o, s.m.length, true);
	snapshot = snap_begin(s.region, -1, out_opts(&o, SNAP_LEAST));
	out_entered(&o);
	snap_idle();
	ck_assert_int_eq(munmap(served_page(&s, 10), 40960), 0);
	out_shut(&o, false);
	ck_assert_int_eq(snap_end(snapshot), 0);
	out_is(&o, &s, "saved before");
	out_free(&o);
	serve_end(&s);
}

static void before_the_instant(bool lazy, uint64_t features, bool prepared)
{
	struct uffd_snapshot *snapshot = NULL;
	struct served s;
	struct out o;

	make(&s, lazy, features);
	out_make(&o, s.m.length, false);
	if (prepared)
		snapshot = snap_start(s.region, -1, out_opts(&o, SNAP_LEAST));
	ck_assert_int_eq(munmap(served_page(&s, 300), 40960), 0);
	if (!prepared) {
		const struct uffd_snapshot_part part = {.region = s.region};
		struct uffd_snapshot_opts opts = out_opts(&o, SNAP_LEAST);
		int ret;

		opts.size = sizeof(opts);
		ret = uffd_snapshot_start(&snapshot, &part, 1, -1, &opts);
		/* At once, where some other mapping has found its place in the hole. */
		ck_assert(ret == 0 || ret == -ENOENT);
	}
	if (snapshot) {
		ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
		ck_assert_int_eq(snap_end(snapshot), -ENOENT);
	}
	memset(served_page(&s, 0), 1, 4096);
	out_free(&o);
	serve_end(&s);
}

static void all_of_it(uint64_t features)
{
	struct uffd_snapshot_part part;
	struct uffd_snapshot *snapshot = NULL;
	int fd = snap_file();
	struct served s;

	make(&s, false, features);
	part = (struct uffd_snapshot_part){.region = s.region};
	ck_assert_int_eq(munmap(s.m.at, s.m.length), 0);
	ck_assert_int_eq(uffd_snapshot_start(&snapshot, &part, 1, fd, NULL), -ENOENT);
	ck_assert_ptr_null(snapshot);
	ck_assert_int_eq(lseek(fd, 0, SEEK_END), 0);
	ck_assert_ptr_eq(mmap(s.m.at, s.m.length, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0),
			 s.m.at);
	close(fd);
	serve_end(&s);
}

static void unmapped_memory_fails_it(void)
{
	for (int lazy = 0; lazy < 2; lazy++) {
		after_the_instant(lazy, 0);
		after_the_instant(lazy, UFFD_FEATURE_EVENT_UNMAP);
		when_it_was_saved(lazy, 0);
		when_it_was_saved(lazy, UFFD_FEATURE_EVENT_UNMAP);
		before_the_instant(lazy, UFFD_FEATURE_EVENT_UNMAP, false);
		before_the_instant(lazy, UFFD_FEATURE_EVENT_UNMAP, true);
		before_the_instant(lazy, 0, false);
		before_the_instant(lazy, 0, true);
	}
	all_of_it(0);
	all_of_it(UFFD_FEATURE_EVENT_UNMAP);
}

TEST_MAIN(unmapped_memory_fails_it)
