/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What was written is read: nothing, little, much, the largest numbers there are, wherever the
 * file's offset is. Written again it is the same file.
 */
#include "wset.h"

#include <sys/stat.h>

static void same_bytes(int a, int b, uint64_t bytes)
{
	ck_assert_uint_eq(wset_sum_file(a, 0, bytes), wset_sum_file(b, 0, bytes));
}

static void comes_back(const struct wset_file *f)
{
	int fd = wset_memfd(), again = wset_memfd();
	struct wset_file got;
	struct stat st;

	ck_assert_int_eq(wset_file_write(fd, f), 0);
	if (f->pack_at)
		ck_assert_int_eq(ftruncate(fd, (off_t)(f->pack_at + f->pack_bytes)), 0);
	ck_assert_int_eq(lseek(fd, 5, SEEK_SET), 5);
	memset(&got, 0xee, sizeof(got));
	ck_assert_int_eq(wset_file_read(fd, &got), 0);
	ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), 5);
	wset_same(&got, f);

	ck_assert_int_eq(wset_file_write(again, &got), 0);
	ck_assert_int_eq(fstat(again, &st), 0);
	ck_assert_uint_eq((uint64_t)st.st_size, wset_tables_end(f));
	same_bytes(fd, again, (uint64_t)st.st_size);
	wset_file_free(&got);
	wset_file_free(&got);
	close(again);
	close(fd);
}

static void of_many(void)
{
	enum { MANY = 30000 };
	static struct uffd_workingset_entry entries[MANY];
	static struct wset_run runs[MANY];
	static uint32_t sums[MANY / 16 + 1];
	struct wset_file f = {.page_size = PAGE,
			      .region_length = 2 * MANY * PAGE,
			      .source_length = 2 * MANY * PAGE,
			      .entries = entries,
			      .runs = runs,
			      .sums = sums};

	for (uint64_t i = 0; i < MANY; i++) {
		/* Every other page, from the middle outwards. */
		uint64_t page = i & 1 ? MANY + i : MANY - i;

		entries[i] = (struct uffd_workingset_entry){page * PAGE, PAGE,      page * PAGE, i,
							    i * 3,       1 + i % 4, i & 1};
		runs[i] = (struct wset_run){page * PAGE, PAGE, f.pack_bytes, i % 3 == 0, 0};
		f.pack_bytes += i % 3 ? PAGE : 0;
	}
	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++)
		sums[i] = (uint32_t)i * 2654435761u;
	/* Counts around whatever is taken at a time. */
	for (uint64_t count = MANY - 2; count <= MANY; count++) {
		f.entry_count = f.run_count = count;
		f.pack_bytes = count < MANY ? runs[count].packed_at : f.pack_bytes;
		f.pack_bytes = count == MANY ? runs[MANY - 1].packed_at + PAGE : f.pack_bytes;
		wset_file_layout(&f);
		ck_assert_uint_le(f.sum_count, sizeof(sums) / sizeof(sums[0]));
		comes_back(&f);
	}
}

static void as_written(void)
{
	struct wset w;

	wset_fill(&w);
	ck_assert_uint_eq(w.f.pack_at, 4096);
	comes_back(&w.f);

	/* Nothing but zeros is packed. */
	wset_fill(&w);
	w.runs[0] = w.runs[1];
	w.runs[0].packed_at = 0;
	w.f.run_count = 1;
	w.f.pack_bytes = 0;
	wset_file_layout(&w.f);
	ck_assert(w.f.pack_at == 0 && w.f.sum_count == 0);
	comes_back(&w.f);

	/* No packed content; nothing at all. */
	wset_fill_entries(&w);
	ck_assert(w.f.pack_at == 0 && w.f.sum_count == 0);
	comes_back(&w.f);
	w.f.entry_count = 0;
	comes_back(&w.f);

	/* The largest region, of the largest pages, at the end of the largest source. */
	wset_fill_entries(&w);
	w.f.page_size = UINT64_C(1) << 30;
	w.f.region_length = UINT64_C(1) << 62;
	w.f.source_offset = UINT64_MAX - w.f.region_length;
	w.f.source_length = UINT64_MAX;
	w.f.lost = UINT64_MAX;
	w.entries[0] = (struct uffd_workingset_entry){
		0, w.f.region_length, w.f.region_length - w.f.page_size, 1, 2, LIBUFFD_FAULT_MINOR,
		0};
	w.f.entry_count = 1;
	comes_back(&w.f);

	of_many();
}
TEST_MAIN(as_written)
