/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A set that could not be read again is not written: nothing of it. */
#include "wset.h"

#include <sys/stat.h>

#define MOST (UINT64_C(64) << 20)

static struct wset w;

static void refused(int expected)
{
	int fd = wset_memfd();
	struct stat st;

	ck_assert_int_eq(wset_file_write(fd, &w.f), expected);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(st.st_size, 0);
	close(fd);
}

/* Refused with value there, not without. */
#define REFUSED(field, value, expected)                                                            \
	do {                                                                                       \
		wset_fill(&w);                                                                     \
		w.field = (value);                                                                 \
		refused(expected);                                                                 \
	} while (0)

static void nothing_impossible(void)
{
	REFUSED(f.page_size, 0, -EINVAL);
	REFUSED(f.page_size, 5000, -EINVAL);
	REFUSED(f.region_length, 0, -EINVAL);
	REFUSED(f.region_length, 64 * PAGE + 1, -EINVAL);
	REFUSED(f.region_length, UINT64_C(1) << 63, -EINVAL);
	REFUSED(f.source_length, 0, -EINVAL);
	REFUSED(f.source_offset, UINT64_MAX, -EINVAL);
	REFUSED(f.entry_count, MOST + 1, -EFBIG);
	REFUSED(f.run_count, MOST + 1, -EFBIG);
	REFUSED(f.entries, NULL, -EINVAL);
	REFUSED(f.runs, NULL, -EINVAL);
	REFUSED(f.sums, NULL, -EINVAL);
	/* Not laid out, or not for what it has now. */
	REFUSED(f.pack_at, 0, -EINVAL);
	REFUSED(f.pack_at, 8192, -EINVAL);
	REFUSED(f.sum_count, 0, -EINVAL);
	REFUSED(f.sum_count, 1, -EINVAL);
	REFUSED(f.pack_bytes, 0, -EINVAL);
	REFUSED(f.pack_bytes, 21 * PAGE, -EINVAL);
	REFUSED(f.pack_bytes, 65 * PAGE, -EINVAL);
	REFUSED(entries[1].kind, 0, -EINVAL);
	REFUSED(entries[1].flags, 2, -EINVAL);
	REFUSED(entries[1].length, 2 * PAGE, -EINVAL);
	REFUSED(entries[1].fault_offset, 62 * PAGE, -EINVAL);
	REFUSED(runs[1].packed_at, 0, -EINVAL);
	REFUSED(runs[1].offset, 40 * PAGE, -EINVAL);
	REFUSED(runs[1].reserved, 1, -EINVAL);
	REFUSED(runs[1].flags, 0, -EINVAL);
	REFUSED(f.run_count, 2, -EINVAL); /* the packed content is more than that of the runs */

	/* More packed content than there may be checksums: a page more than 4 TiB. */
	wset_fill(&w);
	w.f.region_length = w.f.source_length = UINT64_C(1) << 50;
	w.f.source_offset = 0;
	w.runs[0] = (struct wset_run){0, MOST * WSET_BLOCK + PAGE, 0, 0, 0};
	w.f.run_count = 1;
	w.f.pack_bytes = w.runs[0].length;
	wset_file_layout(&w.f);
	refused(-EFBIG);
}
TEST_MAIN(nothing_impossible)
