/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A set is of one region and one source: a region of another length or page size, another place in
 * the source, a source of another length, or a file that was modified since, is -EXDEV, from
 * loading and from replaying a set that was loaded for nobody.
 */
#include "wsets.h"

#define PAGES 512u
#define HUGE  (UINT64_C(2) << 20)

static struct place place;
static int fd;

static struct uffd_source *from_file(void)
{
	struct uffd_source *source;

	ck_assert_int_eq(uffd_source_open_fd(&source, fd, NULL), 0);
	return source;
}

static void is_for(struct uffd_source *source, uint32_t backing, size_t pages, uint64_t offset,
		   int expected, const char *what)
{
	struct uffd_workingset *set;
	struct uffd_prefetch *none = (void *)&place, *f = none;
	struct served s;

	serve(&s, backing, pages, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source, .source_offset = offset});
	uffd_source_close(source);
	set = load(place.path, NULL);
	if (expected < 0) {
		const struct uffd_prefetch_opts opts = {.size = sizeof(opts), .workingset = set};

		load_refused(place.path, s.region, expected, what);
		ck_assert_int_eq(uffd_prefetch_start(&f, s.region, &opts), expected);
		ck_assert_ptr_eq(f, none);
	} else {
		uffd_workingset_close(set);
		set = load(place.path, s.region);
		uffd_prefetch_close(replay_start(s.region, set));
	}
	uffd_workingset_close(set);
	serve_end(&s);
}

static bool huge_pages(void)
{
	void *at = mmap(NULL, HUGE, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | (21 << MAP_HUGE_SHIFT), -1, 0);

	if (at == MAP_FAILED)
		return false;
	munmap(at, HUGE);
	return true;
}

static void load_for_another_region(void)
{
	const uint64_t length = (PAGES + 2) * UINT64_C(4096);
	struct timespec times[2] = {{0, UTIME_OMIT}, {0, 0}};
	uint8_t *content = content_make(length);
	static struct counted c;
	struct uffd_workingset *set;
	struct uffd_source *source;
	struct served s;
	struct stat st;

	place_make(&place);
	fd = memfd_create("content", MFD_CLOEXEC);
	ck_assert_int_eq(pwrite(fd, content, length, 0), (ssize_t)length);
	source = from_file();
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source, .source_offset = 4096});
	uffd_source_close(source);
	ck_assert_int_eq(uffd_workingset_record(&set, s.region, NULL), 0);
	ck_assert_int_eq(uffd_demand(s.region, 0, 4096, NULL), 0);
	ck_assert_int_eq(uffd_workingset_stop(set), 0);
	ck_assert_int_eq(uffd_workingset_save(set, place.path, LIBUFFD_WORKINGSET_PACK), 0);
	uffd_workingset_close(set);
	serve_end(&s);

	is_for(from_file(), LIBUFFD_BACKING_ANON, PAGES, 4096, 0, "the same");
	is_for(from_file(), LIBUFFD_BACKING_SHMEM, PAGES, 4096, 0, "other memory");
	is_for(from_file(), LIBUFFD_BACKING_ANON, PAGES - 1, 4096, -EXDEV, "another length");
	is_for(from_file(), LIBUFFD_BACKING_ANON, PAGES + 1, 4096, -EXDEV, "another length");
	is_for(from_file(), LIBUFFD_BACKING_ANON, PAGES, 0, -EXDEV, "another offset");
	is_for(from_file(), LIBUFFD_BACKING_ANON, PAGES, 4097, -EXDEV, "an offset of a byte more");
	is_for(counted_open(&c, length), LIBUFFD_BACKING_ANON, PAGES, 4096, -EXDEV,
	       "another source of that length");
	/* Modified, to the same. */
	ck_assert_int_eq(fstat(fd, &st), 0);
	times[1] = st.st_mtim;
	times[1].tv_nsec = (times[1].tv_nsec + 1) % 1000000000;
	ck_assert_int_eq(futimens(fd, times), 0);
	is_for(from_file(), LIBUFFD_BACKING_ANON, PAGES, 4096, -EXDEV, "a modified file");
	times[1] = st.st_mtim;
	ck_assert_int_eq(futimens(fd, times), 0);
	is_for(from_file(), LIBUFFD_BACKING_ANON, PAGES, 4096, 0, "the same again");
	ck_assert_int_eq(ftruncate(fd, (off_t)length + 1), 0);
	ck_assert_int_eq(futimens(fd, times), 0);
	is_for(from_file(), LIBUFFD_BACKING_ANON, PAGES, 4096, -EXDEV, "a longer file");
	ck_assert_int_eq(ftruncate(fd, (off_t)length), 0);
	ck_assert_int_eq(futimens(fd, times), 0);
	munmap(content, length);
	/* A region that has no source. */
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING, (struct uffd_region_opts){0});
	load_refused(place.path, s.region, -EOPNOTSUPP, "no source");
	serve_end(&s);
	if (huge_pages())
		is_for(from_file(), LIBUFFD_BACKING_HUGETLB_PRIVATE, 1, 4096, -EXDEV,
		       "another page size");
	close(fd);
	place_end(&place);
}

TEST_MAIN(load_for_another_region)
