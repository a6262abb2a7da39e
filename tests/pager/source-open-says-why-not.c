/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What cannot be a source is refused with its reason, and no descriptor stays open. */
#include "serve.h"

static void source_open_says_why_not(void)
{
	struct uffd_source_file_opts opts = {.size = sizeof(opts)};
	struct uffd_source *source = NULL;
	int fd, pipes[2];

	ck_assert_int_eq(uffd_source_open_file(&source, "/nonexistent/file", NULL), -ENOENT);
	ck_assert_int_eq(uffd_source_open_file(&source, NULL, NULL), -EINVAL);
	ck_assert_int_eq(uffd_source_open_file(NULL, "/proc/self/exe", NULL), -EINVAL);
	ck_assert_int_eq(uffd_source_open_file(&source, "/tmp", NULL), -EINVAL);
	ck_assert_int_eq(uffd_source_open_file(&source, "/dev/null", NULL), -EINVAL);
	ck_assert_int_eq(uffd_source_open_fd(&source, -1, NULL), -EBADF);
	ck_assert_int_eq(pipe(pipes), 0);
	ck_assert_int_eq(uffd_source_open_fd(&source, pipes[0], NULL), -EINVAL);
	close(pipes[0]);
	close(pipes[1]);
	fd = memfd_create("empty", MFD_CLOEXEC);
	ck_assert_int_eq(uffd_source_open_fd(&source, fd, NULL), -EINVAL);
	ck_assert_int_eq(ftruncate(fd, 1), 0);
	opts.flags = 2;
	ck_assert_int_eq(uffd_source_open_fd(&source, fd, &opts), -EINVAL);
	opts.flags = 0;
	opts.size = 4;
	ck_assert_int_eq(uffd_source_open_fd(&source, fd, &opts), -EINVAL);
	ck_assert_ptr_null(source);
	opts.size = sizeof(opts);
	ck_assert_int_eq(uffd_source_open_fd(&source, fd, &opts), 0);
	close(fd);
	ck_assert_uint_eq(uffd_source_length(source), 1);
	uffd_source_close(source);
}

TEST_MAIN(source_open_says_why_not)
