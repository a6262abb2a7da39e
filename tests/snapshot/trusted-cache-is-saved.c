/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * With TRUST_CACHE what is in the page cache is content, mapped or not; a hole in it is the
 * source's where there is one, and zeros where there is none.
 */
#include "lazy.h"

static bool is_cached(size_t page)
{
	return page % 7 == 3 || (page >= 16 && page < 20);
}

static void fill_cache(struct served *s, size_t pages, bool zeros)
{
	void *alias = test_memory_alias(&s->m);

	if (zeros)
		memset(s->content, 0, s->m.length);
	for (size_t k = 0; k < pages; k++) {
		if (!is_cached(k))
			continue;
		memset((uint8_t *)alias + k * s->m.page, (int)(0x80 + k % 100), s->m.page);
		memset(s->content + k * s->m.page, (int)(0x80 + k % 100), s->m.page);
	}
	munmap(alias, s->m.length);
}

static void of(uint32_t backing, uint32_t modes, bool fd, bool has_source)
{
	bool huge = backing == LIBUFFD_BACKING_HUGETLB;
	size_t pages = huge ? 9 : 200, page = huge ? WAYS_HUGE : 4096;
	struct uffd_region_opts opts = {.flags = LIBUFFD_REGION_TRUST_CACHE};
	struct kind k = {"trusted", backing, fd};
	struct served s = {0};
	struct out o;

	if (!kind_has_memory(&k, pages))
		return;
	test_memory_make(&s.m, backing, pages);
	s.content = content_make(s.m.length);
	fill_cache(&s, pages, !has_source);
	s.ctx = serve_ctx(SNAP_WP);
	opts.source = has_source ? plain_source(pages * page) : NULL;
	s.region = snap_region(s.ctx, &s.m, fd, modes, opts);
	uffd_source_close(opts.source);
	s.loop = serve_start(s.ctx, NULL);
	for (size_t n = 0; n < pages; n += 10)
		ck_assert(served_right(&s, n));
	out_make(&o, s.m.length, false);
	ck_assert_int_eq(snap_end(snap_begin(s.region, -1, out_opts(&o, 0))), 0);
	out_is(&o, &s, huge ? "hugetlb" : "shmem");
	for (size_t n = 0; n < pages; n++)
		ck_assert(served_right(&s, n));
	out_free(&o);
	serve_end(&s);
}

static void trusted_cache_is_saved(void)
{
	const uint32_t both = LIBUFFD_MISSING | LIBUFFD_MINOR;

	of(LIBUFFD_BACKING_SHMEM, both, true, true);
	of(LIBUFFD_BACKING_SHMEM, both, false, true);
	of(LIBUFFD_BACKING_SHMEM, LIBUFFD_MINOR, true, false);
	of(LIBUFFD_BACKING_SHMEM, LIBUFFD_MINOR, false, false);
	of(LIBUFFD_BACKING_HUGETLB, both, true, true);
	of(LIBUFFD_BACKING_HUGETLB, both, false, true);
	of(LIBUFFD_BACKING_HUGETLB, LIBUFFD_MINOR, true, false);
	of(LIBUFFD_BACKING_HUGETLB, LIBUFFD_MINOR, false, false);
}

TEST_MAIN(trusted_cache_is_saved)
