/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Runs in any order are taken if and only if no page is in two of them: as a map of pages says. */
#include "random.h"
#include "wset.h"

#define PAGES   64
#define AT_MOST 10

static int try(struct wset_file *f, int fd)
{
	int written, ret;
	struct wset_file got;
	uint64_t total = 0;

	for (uint64_t i = 0; i < f->run_count; i++) {
		f->runs[i].packed_at = total;
		total += f->runs[i].flags ? 0 : f->runs[i].length;
	}
	if (total > f->region_length)
		return -EBADMSG; /* they must share one */
	f->pack_bytes = total;
	wset_file_layout(f);
	written = wset_file_write(fd, f);
	ck_assert(written == 0 || written == -EINVAL);
	if (written)
		return -EBADMSG;
	ck_assert_int_eq(ftruncate(fd, (off_t)(wset_tables_end(f) + total)), 0);
	ret = wset_file_read(fd, &got);
	wset_file_free(&got);
	return ret;
}

/* Whether a set that writing refuses is refused by reading too: written apart, then moved. */
static int try_behind(struct wset_file *f, const struct wset_run *runs, int fd)
{
	struct wset_run apart[AT_MOST];
	struct wset_file moved = *f, got;
	uint64_t next = 0;
	int ret;

	moved.runs = apart;
	moved.region_length = PAGES * AT_MOST * PAGE;
	moved.source_length = moved.region_length;
	for (uint64_t i = 0; i < f->run_count; i++) {
		apart[i] = runs[i];
		apart[i].offset = next;
		next += runs[i].length;
	}
	ck_assert_int_eq(try(&moved, fd), 0);
	for (uint64_t i = 0; i < f->run_count; i++)
		wset_put(fd, WSET_HEADER + i * WSET_RUN + AT_OFFSET, 8, runs[i].offset);
	wset_sign(fd, wset_tables_end(&moved));
	ret = wset_file_read(fd, &got);
	wset_file_free(&got);
	return ret;
}

static void share_no_page(void)
{
	struct wset_run runs[AT_MOST];
	uint32_t sums[AT_MOST * PAGES / 16];
	uint64_t seed = 31, apart = 0, shared = 0;
	int fd = wset_memfd();

	memset(sums, 0, sizeof(sums));
	for (unsigned int i = 0; i < REPEAT(4000); i++) {
		struct wset_file f = {.page_size = PAGE,
				      .region_length = PAGES * PAGE,
				      .source_length = PAGES * PAGE,
				      .runs = runs,
				      .run_count = 1 + random_below(&seed, AT_MOST),
				      .sums = sums};
		bool taken[PAGES] = {false}, twice = false;

		for (uint64_t r = 0; r < f.run_count; r++) {
			uint64_t first = random_below(&seed, PAGES);
			uint64_t most = PAGES - first < 12 ? PAGES - first : 12;
			uint64_t pages = 1 + random_below(&seed, most);

			runs[r] = (struct wset_run){first * PAGE, pages * PAGE, 0,
						    (uint32_t)random_below(&seed, 2), 0};
			for (uint64_t p = first; p < first + pages; p++) {
				twice = twice || taken[p];
				taken[p] = true;
			}
		}
		ck_assert_int_eq(try(&f, fd), twice ? -EBADMSG : 0);
		ck_assert_int_eq(try_behind(&f, runs, fd), twice ? -EBADMSG : 0);
		shared += twice;
		apart += !twice;
	}
	ck_assert_uint_gt(shared, 100);
	ck_assert_uint_gt(apart, 100);
	close(fd);
}
TEST_MAIN(share_no_page)
