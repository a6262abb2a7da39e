/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What is no regular file is an invalid argument; a file of something else is a bad message. */
#include "wset.h"

static void refuse_path(const char *path, int flags, int expected)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		return; /* no such thing here */
	wset_refused(fd, expected, path);
	close(fd);
}

static void of_something_else(void)
{
	static struct wset w;
	char path[] = "/tmp/uffd-test-XXXXXX";
	int ends[2], fd;

	wset_refused(-1, -EBADF, "no descriptor");
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	wset_refused(ends[0], -EINVAL, "a pipe");
	close(ends[0]);
	close(ends[1]);
	refuse_path("/", O_RDONLY | O_DIRECTORY, -EINVAL);
	refuse_path("/dev/zero", O_RDONLY, -EINVAL);
	refuse_path("/proc/self/maps", O_RDONLY, -EBADMSG); /* says that it has no bytes */
	refuse_path("/proc/self/exe", O_RDONLY, -EBADMSG);

	fd = wset_memfd();
	wset_refused(fd, -EBADMSG, "nothing");
	wset_put(fd, 0, 8, 0);
	ck_assert_int_eq(ftruncate(fd, 1 << 20), 0);
	wset_refused(fd, -EBADMSG, "zeros");
	close(fd);

	/* A working set, but not open for reading; written, but not open for writing. */
	wset_fill(&w);
	fd = mkostemp(path, O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	wset_write(fd, &w);
	close(fd);
	refuse_path(path, O_WRONLY, -EBADF);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(wset_file_write(fd, &w.f), -EBADF);
	close(fd);
	unlink(path);
}
TEST_MAIN(of_something_else)
