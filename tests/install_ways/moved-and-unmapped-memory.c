/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A region that mremap() has moved to another alignment, in part, and of which a part is unmapped,
 * is prefetched in every way: each page that is left is right, wherever it is now.
 */
#include "ways.h"

#define LENGTH (4 * WAYS_HUGE)
#define PAGES  (LENGTH / 4096)

static uint8_t *content;

static void moved(const struct way *w)
{
	struct uffd_source *source = file_source(content, LENGTH);
	struct served s = {0};
	uint8_t *to;

	way_aligned(&s.m, LENGTH, 0,
		    w->backing == LIBUFFD_BACKING_ANON ? -1 : memfd_create("memory", MFD_CLOEXEC),
		    0);
	if (s.m.fd >= 0)
		ck_assert_int_eq(ftruncate(s.m.fd, (off_t)LENGTH), 0);
	munmap(s.m.at, LENGTH);
	s.m.at = mmap(s.m.at, LENGTH, PROT_READ | PROT_WRITE,
		      MAP_FIXED | (s.m.fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED), s.m.fd,
		      0);
	s.content = content_make(LENGTH);
	s.ctx = serve_ctx(UFFD_FEATURE_EVENT_REMAP | UFFD_FEATURE_EVENT_UNMAP);
	s.region = serve_region(&s, &s.m, w->modes,
				way_opts(w, (struct uffd_region_opts){.source = source}));
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	/* The second half moves behind an odd page. */
	to = mmap(NULL, LENGTH, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	to = (uint8_t *)(((uintptr_t)to + WAYS_HUGE - 1) & ~(WAYS_HUGE - 1)) + 4096 * 3;
	ck_assert_ptr_eq(mremap((uint8_t *)s.m.at + LENGTH / 2, LENGTH / 2 - WAYS_HUGE / 2,
				LENGTH / 2 - WAYS_HUGE / 2, MREMAP_MAYMOVE | MREMAP_FIXED, to),
			 to);
	/* And a hole in what stays. */
	ck_assert_int_eq(munmap(served_page(&s, 300), 5 * 4096), 0);
	ck_assert_int_eq(way_prefetch(&s), 0);
	for (size_t k = 0; k < PAGES; k++) {
		const uint8_t *at = uffd_region_address(s.region, k * 4096);

		if (k >= 300 && k < 305) {
			ck_assert_ptr_null(at);
			continue;
		}
		ck_assert_uint_eq(LIBUFFD_PAGE_STATE(page_state(&s, k)), LIBUFFD_PAGE_CACHED);
		if (memcmp(at, content + k * 4096, 4096))
			ck_abort_msg("%s: page %zu", w->name, k);
	}
	serve_end(&s);
}

static void moved_and_unmapped_memory(void)
{
	content = content_make(LENGTH);
	for (size_t i = 0; i < WAYS; i++)
		if (!way_is_huge(&ways[i]) && ways[i].backing != LIBUFFD_BACKING_SHMEM_PRIVATE &&
		    ways[i].modes ==
			    (ways[i].backing == LIBUFFD_BACKING_ANON ? LIBUFFD_MISSING : WAY_BOTH))
			moved(&ways[i]);
	munmap(content, LENGTH);
}

TEST_MAIN(moved_and_unmapped_memory)
