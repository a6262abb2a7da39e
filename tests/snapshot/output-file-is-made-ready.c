/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The file: what it had in the place of the parts is gone, also where there are zeros now; what it
 * has elsewhere stays; it is extended to hold the parts, in whichever order they come, and not
 * beyond, nor cut. It stays the caller's, with its offset.
 */
#include "snap.h"

#define PAGES 40u
#define FILES 300u /* pages of the file */

static struct served s, b;

static void make(void)
{
	snap_serve_anon(&s, PAGES);
	for (size_t n = 0; n < PAGES; n++)
		if (n % 4 == 1)
			snap_fill(&s, n, (uint8_t)(n + 1));
	memset(&b, 0, sizeof(b));
	kind_make(&b.m, &kinds[1], PAGES);
	b.content = content_make(b.m.length);
	memcpy(b.m.at, b.content, b.m.length);
	b.region = snap_region(s.ctx, &b.m, true, 0, (struct uffd_region_opts){0});
}

static void end(void)
{
	ck_assert_int_eq(uffd_region_remove(b.region, LIBUFFD_CLOSE_REFUSE), 0);
	munmap(b.content, b.m.length);
	test_memory_free(&b.m);
	serve_end(&s);
}

static void take(uint64_t first, uint64_t second, int fd, bool other_first)
{
	const struct uffd_snapshot_part a = {s.region, first}, c = {b.region, second};
	const struct uffd_snapshot_part parts[2] = {other_first ? c : a, other_first ? a : c};
	struct uffd_snapshot *snapshot;

	ck_assert_int_eq(lseek(fd, 12345, SEEK_SET), 12345);
	snapshot = snap_start_parts(parts, 2, fd, (struct uffd_snapshot_opts){0});
	ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
	ck_assert_int_eq(snap_end(snapshot), 0);
	ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), 12345);
}

static uint64_t size_of(int fd)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	return (uint64_t)st.st_size;
}

static void has(int fd, const struct served *served, uint64_t offset)
{
	size_t k = snap_differs(fd, offset, served->content, served->m.length, 4096);

	ck_assert_msg(k == PAGES, "page %zu at %llu is wrong", k, (unsigned long long)offset);
}

static void of_an_empty_file(bool other_first)
{
	uint64_t first = other_first ? (uint64_t)100 * 4096 : 0;
	uint64_t second = other_first ? 3 * 4096 : (uint64_t)200 * 4096;
	int fd = snap_file();

	take(first, second, fd, other_first);
	ck_assert_uint_eq(size_of(fd), (other_first ? first : second) + s.m.length);
	has(fd, &s, first);
	has(fd, &b, second);
	for (size_t n = 0; n < PAGES; n++)
		ck_assert_int_eq(snap_has_data(fd, first + n * 4096, 4096), n % 4 == 1);
	close(fd);
}

static void of_a_full_file(uint64_t size)
{
	uint8_t *before = content_make(FILES * 4096), *page = malloc(4096);
	uint64_t first = (uint64_t)50 * 4096, second = (uint64_t)200 * 4096;
	int fd = snap_file();

	ck_assert_int_eq(pwrite(fd, before, size, 0), (ssize_t)size);
	take(first, second, fd, false);
	take(first, second, fd, true);
	ck_assert_uint_eq(size_of(fd), size > second + b.m.length ? size : second + b.m.length);
	has(fd, &s, first);
	has(fd, &b, second);
	for (uint64_t at = 0; at < size; at += 4096) {
		size_t length = size - at < 4096 ? (size_t)(size - at) : 4096;

		if ((at >= first && at < first + s.m.length) ||
		    (at >= second && at < second + b.m.length))
			continue;
		ck_assert_int_eq(pread(fd, page, length, (off_t)at), (ssize_t)length);
		ck_assert_int_eq(memcmp(page, before + at, length), 0);
	}
	free(page);
	munmap(before, FILES * 4096);
	close(fd);
}

/* Where there is a disk, and it can be written to so. */
static void of_a_file_past_the_cache(void)
{
	char path[] = "/var/tmp/uffd-test-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC | O_DIRECT);

	if (fd < 0)
		return;
	unlink(path);
	take((uint64_t)100 * 4096, 0, fd, false);
	ck_assert_int_eq(fcntl(fd, F_SETFL, 0), 0);
	has(fd, &s, (uint64_t)100 * 4096);
	has(fd, &b, 0);
	close(fd);
}

static void output_file_is_made_ready(void)
{
	make();
	of_an_empty_file(false);
	of_an_empty_file(true);
	of_a_full_file(FILES * 4096);
	of_a_full_file((uint64_t)210 * 4096);
	of_a_full_file((uint64_t)60 * 4096 + 7);
	of_a_full_file((uint64_t)50 * 4096 - 1);
	of_a_file_past_the_cache();
	end();
}

TEST_MAIN(output_file_is_made_ready)
