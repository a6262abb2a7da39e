/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* LIBUFFD_SOURCE_DIRECT on a file system without O_DIRECT: EINVAL, and nothing is left open. */
#include "serve.h"

#define FILE_WITHOUT "/sys/kernel/uevent_seqnum"

static void direct_where_the_file_system_has_none(void)
{
	struct uffd_source_file_opts opts = {.size = sizeof(opts), .flags = LIBUFFD_SOURCE_DIRECT};
	struct uffd_source *source = NULL;
	int fd = open(FILE_WITHOUT, O_RDONLY | O_CLOEXEC), direct;

	if (fd < 0)
		test_skip("no %s: %s", FILE_WITHOUT, strerror(errno));
	direct = open(FILE_WITHOUT, O_RDONLY | O_CLOEXEC | O_DIRECT);
	if (direct >= 0)
		test_skip("%s has O_DIRECT", FILE_WITHOUT);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(uffd_source_open_file(&source, FILE_WITHOUT, &opts), -EINVAL);
	ck_assert_int_eq(uffd_source_open_fd(&source, fd, &opts), -EINVAL);
	ck_assert_ptr_null(source);
	opts.flags = 0;
	ck_assert_int_eq(uffd_source_open_fd(&source, fd, &opts), 0);
	uffd_source_close(source);
	close(fd);
}

TEST_MAIN(direct_where_the_file_system_has_none)
