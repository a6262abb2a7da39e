/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A descriptor opened for writing only, or for its path, cannot be read: EBADF, not a dead source.
 */
#include "input.h"

static void refuses(int fd)
{
	struct uffd_source *source = NO_HANDLE(struct uffd_source);

	ck_assert_int_ge(fd, 0);
	EXPECT(uffd_source_open_fd(&source, fd, NULL), -EBADF);
	ck_assert_ptr_eq(source, NO_HANDLE(struct uffd_source));
	close(fd);
}

static void cannot_be_read(void)
{
	char path[] = "/tmp/uffd-test-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);

	ck_assert_int_eq(ftruncate(fd, 4096), 0);
	refuses(open(path, O_WRONLY | O_CLOEXEC));
	refuses(open(path, O_PATH | O_CLOEXEC));
	unlink(path);
	close(fd);
}

TEST_MAIN(cannot_be_read)
