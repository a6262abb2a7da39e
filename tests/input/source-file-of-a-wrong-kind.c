/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What is no regular file and no block device is no source, nothing waits for it, none stays open.
 */
#include "input.h"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static char dir[] = "/tmp/uffd-test-XXXXXX";

static const char *name(const char *file)
{
	static char path[sizeof(dir) + 32];

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	return path;
}

static void refuses(const char *path, int error)
{
	struct uffd_source *source = NO_HANDLE(struct uffd_source);

	EXPECT(uffd_source_open_file(&source, path, NULL), error);
	ck_assert_ptr_eq(source, NO_HANDLE(struct uffd_source));
}

static void refuses_fd(int fd, int error)
{
	struct uffd_source *source = NO_HANDLE(struct uffd_source);

	ck_assert_int_ge(fd, 0);
	EXPECT(uffd_source_open_fd(&source, fd, NULL), error);
	ck_assert_int_ge(fcntl(fd, F_GETFD), 0);
	close(fd);
}

static void of_socket(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", name("socket"));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	refuses(at.sun_path, -ENXIO);
	refuses_fd(fd, -EINVAL);
	unlink(at.sun_path);
}

static void wrong_kind(void)
{
	char longest[5000];
	int pipes[2];

	ck_assert_ptr_nonnull(mkdtemp(dir));
	refuses(dir, -EINVAL);
	refuses("", -ENOENT);
	refuses(name("missing"), -ENOENT);
	refuses("/dev/null/file", -ENOTDIR);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	refuses(longest, -ENAMETOOLONG);
	ck_assert_int_eq(symlink("loop", name("loop")), 0);
	refuses(name("loop"), -ELOOP);
	unlink(name("loop"));
	refuses("/dev/null", -EINVAL);
	refuses("/dev/zero", -EINVAL);
	ck_assert_int_eq(mkfifo(name("fifo"), 0600), 0);
	alarm(5); /* nobody ever writes to it */
	refuses(name("fifo"), -EINVAL);
	alarm(0);
	unlink(name("fifo"));
	close(open(name("empty"), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
	refuses(name("empty"), -EINVAL);
	refuses_fd(open(name("empty"), O_RDONLY | O_CLOEXEC), -EINVAL);
	unlink(name("empty"));
	of_socket();
	refuses_fd(open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), -EINVAL);
	refuses_fd(eventfd(0, EFD_CLOEXEC), -EINVAL);
	ck_assert_int_eq(pipe2(pipes, O_CLOEXEC), 0);
	refuses_fd(pipes[0], -EINVAL);
	refuses_fd(pipes[1], -EBADF); /* and not for reading, either */
	rmdir(dir);
}

TEST_MAIN(wrong_kind)
