/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A set that was saved and loaded is the same set, entry by entry; what is saved once more is the
 * same file, byte by byte. Packed content is in the file once, in the order of its runs, and of
 * holes nothing.
 */
#include "wsets.h"

#include "pager/wsetfile.h"

#define PAGES  64u
#define OFFSET 777u
/* The source ends within the region's last page. */
#define LENGTH (OFFSET + PAGES * 4096 - 1000)

static uint8_t *expected; /* the source's content, and zeros behind its end */

static int sparse_file(void)
{
	int fd = memfd_create("content", MFD_CLOEXEC);

	expected = calloc(1, OFFSET + PAGES * 4096);
	content_write(expected, 0, LENGTH);
	/* Pages 21 to 30 of the file are a hole. */
	memset(expected + 21 * 4096, 0, 10 * 4096);
	ck_assert_int_eq(ftruncate(fd, LENGTH), 0);
	ck_assert_int_eq(pwrite(fd, expected, 21 * 4096, 0), 21 * 4096);
	ck_assert_int_eq(pwrite(fd, expected + 31 * 4096, LENGTH - 31 * 4096, 31 * 4096),
			 LENGTH - 31 * 4096);
	return fd;
}

static void same(const struct uffd_workingset *a, const struct uffd_workingset *b, bool packed)
{
	struct uffd_workingset_info x = info_of(a), y = info_of(b);

	ck_assert_uint_eq(x.packed_bytes, 0);
	ck_assert_uint_eq(!!y.packed_bytes, packed);
	y.packed_bytes = 0;
	ck_assert_mem_eq(&x, &y, sizeof(x));
	for (uint64_t i = 0; i < x.entries; i++) {
		struct uffd_workingset_entry e = entry_of(a, i), f = entry_of(b, i);

		ck_assert_mem_eq(&e, &f, sizeof(e));
	}
}

static void packed_right(const char *path, uint64_t pages)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t content[WSET_BLOCK];
	struct wset_file f;
	uint64_t data = 0, zeros = 0;

	ck_assert_int_eq(wset_file_read(fd, &f), 0);
	for (uint64_t i = 0; i < f.run_count; i++) {
		const struct wset_run *run = &f.runs[i];
		const uint8_t *from = expected + OFFSET + run->offset;

		if (run->flags & WSET_RUN_ZERO) {
			ck_assert(all_zero(from, run->length));
			zeros += run->length;
			continue;
		}
		ck_assert_uint_le(run->length, sizeof(content));
		ck_assert_int_eq(
			pread(fd, content, run->length, (off_t)(f.pack_at + run->packed_at)),
			(ssize_t)run->length);
		ck_assert_mem_eq(content, from, run->length);
		data += run->length;
	}
	ck_assert_uint_eq(data, f.pack_bytes);
	ck_assert_uint_eq(data + zeros, pages * 4096);
	/* Of what was asked for 21 to 25 are all hole, 20 is in part. */
	ck_assert_uint_eq(zeros, 5 * 4096);
	wset_file_free(&f);
	close(fd);
}

static void file_of_another(const char *path, struct uffd_workingset *set, const uint8_t *bytes,
			    size_t length)
{
	uint8_t *other;
	size_t n;

	ck_assert_int_eq(uffd_workingset_save(set, path, 0), 0);
	other = file_bytes(path, &n);
	ck_assert_uint_eq(n, length);
	ck_assert_mem_eq(other, bytes, n);
	free(other);
}

static void ask(struct served *s)
{
	*(volatile uint8_t *)(served_page(s, 60) + 5) = 1;
	ck_assert_uint_eq(*(volatile uint8_t *)(served_page(s, 3) + 5),
			  expected[OFFSET + 3 * 4096 + 5]);
	ck_assert_int_eq(uffd_demand(s->region, 20 * 4096, 6 * 4096, NULL), 0);
	ck_assert_int_eq(uffd_prefetch(s->region, 40 * 4096, 4 * 4096), 0);
	ck_assert_uint_eq(served_page(s, 63)[0], expected[OFFSET + 63 * 4096]);
}

static void save_and_load_bring_the_same_set(void)
{
	struct uffd_workingset *set, *loaded, *again;
	int fd = sparse_file();
	struct uffd_source *source;
	struct place place;
	struct served s;
	uint8_t *bytes;
	size_t length;

	place_make(&place);
	ck_assert_int_eq(uffd_source_open_fd(&source, fd, NULL), 0);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source, .source_offset = OFFSET});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	set = record(&s, LIBUFFD_WORKINGSET_TRACE);
	ask(&s);
	recorded(set, 5);
	ck_assert_int_eq(uffd_workingset_stop(set), 0);
	ck_assert_uint_eq(info_of(set).pages, 9);

	ck_assert_int_eq(uffd_workingset_save(set, place.path, 0), 0);
	bytes = file_bytes(place.path, &length);
	loaded = load(place.path, s.region);
	same(set, loaded, false);
	file_of_another(place.path, loaded, bytes, length);
	file_of_another(place.path, set, bytes, length);
	uffd_workingset_close(loaded);

	ck_assert_int_eq(uffd_workingset_save(set, place.path, LIBUFFD_WORKINGSET_PACK), 0);
	packed_right(place.path, 9);
	loaded = load(place.path, s.region);
	same(set, loaded, true);
	/* Over the very file that it is from. */
	file_of_another(place.path, loaded, bytes, length);
	/* Which it keeps; a PACK needs the source, though. */
	ck_assert_uint_eq(info_of(loaded).packed_bytes, 4 * 4096);
	ck_assert_int_eq(uffd_workingset_save(loaded, place.path, LIBUFFD_WORKINGSET_PACK),
			 -ENOENT);
	again = load(place.path, NULL);
	same(set, again, false);
	uffd_workingset_close(again);
	uffd_workingset_close(loaded);
	uffd_workingset_close(set);
	serve_end(&s);
	free(bytes);
	free(expected);
	close(fd);
	place_end(&place);
}

TEST_MAIN(save_and_load_bring_the_same_set)
