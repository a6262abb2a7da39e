/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * With a userfaultfd that serves user mode only, as anybody may have, memory is saved all the same:
 * of every kind, and lazily filled.
 */
#include "lazy.h"

static void take(struct served *s, size_t pages, const char *what)
{
	struct uffd_snapshot *snapshot;
	struct out o;
	int ret;

	out_make(&o, s->m.length, false);
	snapshot = snap_begin(s->region, -1, out_opts(&o, 0));
	for (size_t n = 0; n < pages; n += 4)
		*(volatile uint8_t *)served_page(s, n) = 0xff;
	ret = snap_end(snapshot);
	ck_assert_msg(ret == 0, "%s: %d", what, ret);
	out_is(&o, s, what);
	out_free(&o);
}

static void of(const struct kind *k)
{
	size_t pages = kind_is_huge(k) ? 4 : 300;
	struct served s;

	if (!kind_has_memory(k, pages))
		return;
	snap_serve(&s, k, pages, 0, LIBUFFD_CTX_USER_MODE_ONLY);
	for (size_t n = 0; n < pages; n++)
		if (n % 3)
			snap_fill(&s, n, (uint8_t)(n % 200 + 1));
	take(&s, pages, k->name);
	serve_end(&s);
}

static void lazily(const struct way *w, bool fd)
{
	size_t pages = way_is_huge(w) ? 4 : 300, page = way_is_huge(w) ? WAYS_HUGE : 4096;
	struct uffd_source *source;
	struct served s = {0};

	if (!way_has_memory(w, pages))
		return;
	source = plain_source(pages * page);
	test_memory_make(&s.m, w->backing, pages);
	s.content = content_make(s.m.length);
	s.ctx = serve_ctx_flags(SNAP_WP, LIBUFFD_CTX_USER_MODE_ONLY);
	s.region = snap_region(s.ctx, &s.m, fd, w->modes,
			       (struct uffd_region_opts){.source = source, .fault_around = 4096});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	for (size_t n = 0; n < pages; n += 2)
		ck_assert(served_right(&s, n));
	serve_settled(&s);
	/* In the cache, and not mapped any more: by its file alone it can be had. */
	if (fd && w->backing == LIBUFFD_BACKING_SHMEM)
		for (size_t n = 2; n < pages; n += 4)
			ck_assert_int_eq(madvise(served_page(&s, n), page, MADV_DONTNEED), 0);
	take(&s, pages, w->name);
	serve_end(&s);
}

static void user_mode_only(void)
{
	for (size_t i = 0; i < KINDS; i++)
		of(&kinds[i]);
	for (size_t i = 0; i < WAYS; i++) {
		if (ways[i].install != LIBUFFD_INSTALL_COPY)
			continue;
		lazily(&ways[i], false);
		if (ways[i].modes & LIBUFFD_MINOR)
			lazily(&ways[i], true);
	}
}

TEST_MAIN(user_mode_only)
