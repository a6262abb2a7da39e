/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* With any number of free descriptors a source of a file opens, or is EMFILE and leaks none. */
#include "input.h"

static int open_file(struct uffd_source **source, int fd)
{
	(void)fd;
	return uffd_source_open_file(source, "/proc/self/exe", NULL);
}

static int open_fd(struct uffd_source **source, int fd)
{
	return uffd_source_open_fd(source, fd, NULL);
}

static void with_few(int (*opens)(struct uffd_source **source, int fd), int fd)
{
	int ret = -EMFILE, first = lowest_free();

	for (int n = 0; ret < 0; n++) {
		struct uffd_source *source = NO_HANDLE(struct uffd_source);

		ck_assert_int_lt(n, 4);
		leave_descriptors(n);
		ret = opens(&source, fd);
		leave_descriptors(-1);
		if (ret == 0) {
			uffd_source_close(source);
		} else {
			EXPECT(ret, -EMFILE);
			ck_assert_ptr_eq(source, NO_HANDLE(struct uffd_source));
		}
		ck_assert_int_eq(lowest_free(), first);
	}
}

static void few_descriptors(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	with_few(open_file, fd);
	with_few(open_fd, fd);
	close(fd);
}

TEST_MAIN(few_descriptors)
