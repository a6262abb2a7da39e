/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Left to itself the library copies; whole aligned huge pages, which only a prefetch brings at
 * once, it moves to anonymous memory and reads into the alias of a file that takes them; so it does
 * always on hugetlb with an alias. Less than half of data is not worth a huge page.
 */
#include "ways.h"
#include "place.h"

#define LENGTH (2 * WAYS_HUGE)
#define PAGES  (LENGTH / 4096)

static uint8_t *expected;

static struct uffd_source *sparse_source(size_t data_in_second)
{
	int fd = memfd_create("content", MFD_CLOEXEC);
	struct uffd_source *source;

	memset(expected, 0, LENGTH);
	content_write(expected, 0, WAYS_HUGE);
	content_write(expected + LENGTH - data_in_second, 5, data_in_second);
	ck_assert_int_eq(ftruncate(fd, (off_t)LENGTH), 0);
	ck_assert_int_eq(pwrite(fd, expected, WAYS_HUGE, 0), (ssize_t)WAYS_HUGE);
	ck_assert_int_eq(pwrite(fd, expected + LENGTH - data_in_second, data_in_second,
				(off_t)(LENGTH - data_in_second)),
			 (ssize_t)data_in_second);
	ck_assert_int_eq(uffd_source_open_fd(&source, fd, NULL), 0);
	close(fd);
	return source;
}

static void make(struct served *s, struct test_memory m, uint32_t modes, uint32_t flags,
		 struct uffd_source *source, uint64_t fd_offset)
{
	memset(s, 0, sizeof(*s));
	s->m = m;
	s->content = content_make(m.length);
	s->ctx = serve_ctx(0);
	s->region = serve_region(s, &s->m, modes,
				 (struct uffd_region_opts){
					 .source = source, .flags = flags, .fd_offset = fd_offset});
	uffd_source_close(source);
	s->loop = serve_start(s->ctx, NULL);
}

static void end(struct served *s, const char *what)
{
	way_right(s, expected, what);
	serve_end(s);
}

static void anonymous(void)
{
	bool moves;
	struct test_memory m;
	struct uffd_stats stats;
	struct served s;

	/* All of it, by prefetch. */
	way_aligned(&m, LENGTH, 0, -1, 0);
	make(&s, m, LIBUFFD_MISSING, 0, sparse_source(WAYS_HUGE), 0);
	moves = uffd_ctx_features(s.ctx) & UFFD_FEATURE_MOVE;
	ck_assert_int_eq(way_prefetch(&s), 0);
	stats = stats_of(s.ctx);
	ck_assert_uint_eq(stats.pages_moved, moves ? PAGES : 0);
	ck_assert_uint_eq(stats.pages_copied, moves ? 0 : PAGES);
	end(&s, "anonymous, prefetched");
	/* The second has little data: its holes are zeros, and the rest is copied. */
	way_aligned(&m, LENGTH, 0, -1, 0);
	make(&s, m, LIBUFFD_MISSING, 0, sparse_source(WAYS_HUGE / 4), 0);
	ck_assert_int_eq(way_prefetch(&s), 0);
	stats = stats_of(s.ctx);
	ck_assert_uint_eq(stats.pages_moved, moves ? PAGES / 2 : 0);
	ck_assert_uint_eq(stats.pages_zeroed, PAGES * 3 / 8);
	ck_assert_uint_eq(stats.pages_moved + stats.pages_copied + stats.pages_zeroed, PAGES);
	end(&s, "anonymous, of little data");
	/* Faults bring less than a huge page. */
	way_aligned(&m, LENGTH, 0, -1, 0);
	make(&s, m, LIBUFFD_MISSING, 0, sparse_source(WAYS_HUGE), 0);
	way_right(&s, expected, "anonymous, faulted");
	serve_settled(&s);
	stats = stats_of(s.ctx);
	ck_assert_uint_eq(stats.pages_moved, 0);
	ck_assert_uint_eq(stats.pages_copied, PAGES);
	end(&s, "anonymous, faulted");
}

static int file_on(const char *huge)
{
	const char *const options[] = {"huge", huge, NULL};
	struct place place;
	int fd;

	place_make_on(&place, "tmpfs", options);
	fd = open(place.path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)(LENGTH + WAYS_HUGE)), 0);
	unlink(place.path);
	place_end(&place);
	return fd;
}

static void shared(const char *huge, bool takes_huge)
{
	struct test_memory m;
	struct uffd_stats stats;
	struct served s;

	way_aligned(&m, LENGTH, 0, file_on(huge), WAYS_HUGE);
	make(&s, m, WAY_BOTH, LIBUFFD_REGION_ALIAS, sparse_source(WAYS_HUGE), WAYS_HUGE);
	ck_assert_int_eq(way_prefetch(&s), 0);
	stats = stats_of(s.ctx);
	/* One page it takes to find out, and is in the cache then. */
	ck_assert_msg(takes_huge ? stats.pages_continued == PAGES : stats.pages_continued <= 1,
		      "huge=%s: %llu continued", huge, (unsigned long long)stats.pages_continued);
	ck_assert_uint_eq(stats.pages_copied + stats.pages_continued, PAGES);
	end(&s, huge);
	/* Without an alias it is copied. */
	way_aligned(&m, LENGTH, 0, file_on(huge), WAYS_HUGE);
	make(&s, m, WAY_BOTH, 0, sparse_source(WAYS_HUGE), WAYS_HUGE);
	ck_assert_int_eq(way_prefetch(&s), 0);
	ck_assert_uint_eq(stats_of(s.ctx).pages_copied, PAGES);
	end(&s, huge);
	/* And so are faults. */
	way_aligned(&m, LENGTH, 0, file_on(huge), WAYS_HUGE);
	make(&s, m, WAY_BOTH, LIBUFFD_REGION_ALIAS, sparse_source(WAYS_HUGE), WAYS_HUGE);
	way_right(&s, expected, huge);
	serve_settled(&s);
	ck_assert_uint_eq(stats_of(s.ctx).pages_continued, 0);
	end(&s, huge);
}

static void huge_memory(uint32_t flags)
{
	bool alias = flags & LIBUFFD_REGION_ALIAS;
	struct test_memory m;
	struct uffd_stats stats;
	struct served s;

	if (!way_has_memory(&(struct way){.backing = LIBUFFD_BACKING_HUGETLB}, 2))
		return;
	test_memory_make(&m, LIBUFFD_BACKING_HUGETLB, 2);
	make(&s, m, WAY_BOTH, flags, sparse_source(WAYS_HUGE), 0);
	way_right(&s, expected, "hugetlb");
	serve_settled(&s);
	stats = stats_of(s.ctx);
	ck_assert_uint_eq(stats.pages_continued, alias ? 2 : 0);
	ck_assert_uint_eq(stats.pages_copied, alias ? 0 : 2);
	end(&s, "hugetlb");
}

static void automatic_way(void)
{
	expected = malloc(LENGTH);
	anonymous();
	huge_memory(0);
	huge_memory(LIBUFFD_REGION_ALIAS);
	shared("never", false);
	shared("always", true);
	shared("advise", true);
	free(expected);
}

TEST_MAIN(automatic_way)
