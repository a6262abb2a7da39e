/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Packed content of a region that begins at any byte of its file, is sparse, and goes on behind the
 * file's end: data, zeros and pages that have both come right, from a set saved after its region
 * and context have ended.
 */
#include "wsets.h"

#define PAGES  96u
#define OFFSET 4321u
#define LENGTH (OFFSET + PAGES * 4096 - 4000)

static uint8_t *expected;
static int fd;

static void put(size_t from, size_t to)
{
	content_write(expected + from, from, to - from);
	ck_assert_int_eq(pwrite(fd, expected + from, to - from, (off_t)from), (ssize_t)(to - from));
}

static void make(struct served *s, uint32_t backing, uint32_t modes)
{
	struct uffd_source *source;

	ck_assert_int_eq(uffd_source_open_fd(&source, fd, NULL), 0);
	serve(s, backing, PAGES, 0, modes,
	      (struct uffd_region_opts){.source = source, .source_offset = OFFSET});
	uffd_source_close(source);
	s->loop = serve_start(s->ctx, NULL);
}

static void replayed(const char *path, uint32_t backing, uint32_t modes)
{
	struct uffd_workingset *set;
	struct served s;

	make(&s, backing, modes);
	set = load(path, s.region);
	ck_assert_int_eq(replay(s.region, set), 0);
	uffd_workingset_close(set);
	for (size_t k = 0; k < PAGES; k++) {
		ck_assert(page_is(&s, k, LIBUFFD_PAGE_CACHED));
		ck_assert_msg(!memcmp(served_page(&s, k), expected + OFFSET + k * 4096, 4096),
			      "page %zu", k);
	}
	serve_end(&s);
}

static void packed_at_an_odd_offset(void)
{
	struct uffd_workingset *set;
	struct place place;
	struct served s;

	place_make(&place);
	fd = memfd_create("content", MFD_CLOEXEC);
	expected = calloc(1, OFFSET + PAGES * 4096);
	ck_assert_int_eq(ftruncate(fd, LENGTH), 0);
	put(0, 10 * 4096 + 5);
	put(20 * 4096, 21 * 4096);
	put(30 * 4096 + 777, 31 * 4096 + 1);
	put(50 * 4096, LENGTH);
	make(&s, LIBUFFD_BACKING_ANON, LIBUFFD_MISSING);
	ck_assert_int_eq(uffd_workingset_record(&set, s.region, NULL), 0);
	ck_assert_int_eq(uffd_demand(s.region, 40 * 4096, (PAGES - 40) * 4096, NULL), 0);
	for (size_t k = 40; k-- > 0;)
		ck_assert_int_eq(uffd_demand(s.region, k * 4096, 4096, NULL), 0);
	serve_end(&s);
	/* Its source is its own. */
	ck_assert_int_eq(uffd_workingset_save(set, place.path, LIBUFFD_WORKINGSET_PACK), 0);
	uffd_workingset_close(set);
	replayed(place.path, LIBUFFD_BACKING_ANON, LIBUFFD_MISSING);
	replayed(place.path, LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING | LIBUFFD_MINOR);
	free(expected);
	close(fd);
	place_end(&place);
}

TEST_MAIN(packed_at_an_odd_offset)
