/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A limit of the file's size (RLIMIT_FSIZE) first makes a write short and then fails it: reported,
 * and what is there then is no working set.
 */
#include "wset.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static void limit(uint64_t bytes)
{
	struct rlimit l;

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &l), 0);
	l.rlim_cur = bytes == UINT64_MAX ? l.rlim_max : (rlim_t)bytes;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &l), 0);
}

static void limit_of_file_size(void)
{
	char path[] = "/tmp/uffd-test-XXXXXX"; /* memfds know no limit */
	void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
	int fd = mkostemp(path, O_CLOEXEC);
	struct wset_file got;
	static struct wset w;
	uint64_t end;

	ck_assert_int_ge(fd, 0);
	unlink(path);
	wset_fill_entries(&w);
	end = wset_tables_end(&w.f);
	for (uint64_t bytes = 0; bytes <= end; bytes++) {
		int ret;

		ck_assert_int_eq(ftruncate(fd, 0), 0);
		limit(bytes);
		ret = wset_file_write(fd, &w.f);
		limit(UINT64_MAX); /* before anything is asserted: its report may go to a file */
		ck_assert_int_eq(ret, bytes < end ? -EFBIG : 0);
		if (ret)
			wset_refused(fd, -EBADMSG, "what did not fit");
	}
	ck_assert_int_eq(wset_file_read(fd, &got), 0);
	wset_same(&got, &w.f);
	wset_file_free(&got);
	close(fd);
	signal(SIGXFSZ, before);
}
TEST_MAIN(limit_of_file_size)
