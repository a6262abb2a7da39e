/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A file that this user may not read is EACCES. */
#include "input.h"

#include <grp.h>
#include <sys/stat.h>

static void unreadable(void *arg)
{
	struct uffd_source *source = NO_HANDLE(struct uffd_source);
	int first = lowest_free();

	if (geteuid() == 0 && (setgroups(0, NULL) || setresgid(65534, 65534, 65534) ||
			       setresuid(65534, 65534, 65534)))
		_exit(1);
	CHILD_EXPECT(uffd_source_open_file(&source, arg, NULL), -EACCES);
	CHILD_EXPECT(source == NO_HANDLE(struct uffd_source), 1);
	CHILD_EXPECT(lowest_free(), first);
}

static void somebody_else(void)
{
	char path[] = "/tmp/uffd-test-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);

	ck_assert_int_eq(ftruncate(fd, 4096), 0);
	ck_assert_int_eq(fchmod(fd, 0), 0);
	in_child(unreadable, path);
	unlink(path);
	close(fd);
}

TEST_MAIN(somebody_else)
