/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The process has used up its descriptors when a snapshot is taken: a page that is mapped again
 * stays protected, and is saved as it was; of what the program had before it made the region of it
 * nothing else is saved.
 */
#include "../input/input.h"
#include "lazy.h"

#define PAGES 1024u
#define PAGE  (PAGES - 5)

static void mapped_again(void)
{
	struct uffd_snapshot *snapshot;
	struct toucher reader, writer;
	struct served s;
	struct out o;

	snap_serve_lazily(&s, LIBUFFD_BACKING_SHMEM, PAGES, 0, 0, LIBUFFD_MISSING | LIBUFFD_MINOR,
			  (struct uffd_region_opts){0});
	for (size_t n = 0; n < PAGES; n++)
		ck_assert(served_right(&s, n));
	serve_settled(&s);
	out_make(&o, s.m.length, true);
	snapshot = snap_begin(s.region, -1, out_opts(&o, SNAP_LEAST));
	leave_descriptors(0);
	ck_assert_int_eq(madvise(served_page(&s, PAGE), 4096, MADV_DONTNEED), 0);
	touch_start(&reader, served_page(&s, PAGE), false, 0);
	ck_assert_int_eq(touch_join(&reader), TOUCH_DONE);
	leave_descriptors(-1);
	touch_start(&writer, served_page(&s, PAGE), true, (uint8_t)(reader.value + 1));
	touch_waits(&writer);
	out_shut(&o, false);
	ck_assert_int_eq(touch_join(&writer), TOUCH_DONE);
	ck_assert_int_eq(snap_end(snapshot), 0);
	out_is(&o, &s, "mapped again");
	out_free(&o);
	serve_end(&s);
}

static void from_before(const struct way *w, bool prepared)
{
	struct uffd_source *source = plain_source(PAGES * 4096);
	struct uffd_snapshot_opts opts = {.size = sizeof(opts)};
	struct uffd_snapshot_part part = {.region = NULL};
	struct uffd_snapshot *snapshot = NULL;
	struct served s = {0};
	struct out o;
	int ret = 0;

	test_memory_make(&s.m, w->backing, PAGES);
	s.content = content_make(s.m.length);
	for (size_t n = 0; n < PAGES; n += 3)
		snap_fill(&s, n, 0x66);
	s.ctx = serve_ctx(SNAP_WP);
	s.region = serve_region(&s, &s.m, w->modes | LIBUFFD_WP,
				way_opts(w, (struct uffd_region_opts){.source = source}));
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	out_make(&o, s.m.length, false);
	opts = out_opts(&o, 0);
	opts.size = sizeof(opts);
	part.region = s.region;
	if (!prepared)
		leave_descriptors(0);
	ret = uffd_snapshot_start(&snapshot, &part, 1, -1, &opts);
	if (prepared)
		leave_descriptors(0);
	if (ret == 0) {
		ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
		ret = snap_end(snapshot);
	}
	leave_descriptors(-1);
	/* It may say that it cannot; it may not save something else. */
	if (ret == 0)
		out_is(&o, &s, w->name);
	out_free(&o);
	serve_end(&s);
}

static void without_descriptors_left(void)
{
	mapped_again();
	for (size_t i = 0; i < WAYS; i++) {
		if (way_is_huge(&ways[i]))
			continue;
		from_before(&ways[i], true);
		from_before(&ways[i], false);
	}
}

TEST_MAIN(without_descriptors_left)
