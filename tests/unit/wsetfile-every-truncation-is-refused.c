/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A file that lacks its last byte, or all but its first, or has one more, is not a working set. */
#include "wset.h"

#include <sys/stat.h>

static void truncate_all(const struct wset *w)
{
	int fd = wset_memfd();
	struct stat st;
	char what[64];

	wset_write(fd, w);
	ck_assert_int_eq(fstat(fd, &st), 0);
	for (off_t longer = 1; longer <= 4096; longer *= 2) {
		ck_assert_int_eq(ftruncate(fd, st.st_size + longer), 0);
		wset_refused(fd, -EBADMSG, "longer");
	}
	for (off_t bytes = st.st_size - 1, less; bytes >= 0; bytes -= less) {
		/* Of the packed content, its ends and some of what is between. */
		less = bytes > 2 * 4096 && bytes < st.st_size - 100 ? 997 : 1;
		ck_assert_int_eq(ftruncate(fd, bytes), 0);
		snprintf(what, sizeof(what), "%lld bytes", (long long)bytes);
		wset_refused(fd, -EBADMSG, what);
	}
	close(fd);
}

static void every_truncation(void)
{
	static struct wset w;

	wset_fill(&w);
	truncate_all(&w);
	wset_fill_entries(&w);
	truncate_all(&w);
}
TEST_MAIN(every_truncation)
