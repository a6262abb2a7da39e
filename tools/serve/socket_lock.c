/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See socket_lock.h. */
#include "serve/socket_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "serve/clock.h"

#define PATIENCE_NS SECOND_NS
#define LOOK_NS     (10 * MS_NS)

/* The signals of a server are blocked from its start on, and read only later. */
static bool must_end(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 &&
	       (sigismember(&pending, SIGTERM) || sigismember(&pending, SIGINT) ||
		sigismember(&pending, SIGHUP));
}

/* There is no wait for a lock with an end of its own. */
static int wait_for(int fd, uint64_t until)
{
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (must_end())
			return -EINTR;
		if (now_ns() >= until)
			return -EBUSY;
		pause_ns(LOOK_NS);
	}
	return 0;
}

/*
 * Whoever can open a file can lock it: it has to be ours alone. With another name besides it might
 * be one of our files that serves something else.
 */
static int check(int fd, struct stat *st)
{
	if (fstat(fd, st) < 0)
		return -errno;
	if (!S_ISREG(st->st_mode) || st->st_uid != geteuid() || (st->st_mode & 07177) != 0 ||
	    st->st_nlink > 1)
		return -ENOLCK;
	return 0;
}

static bool is_there(int dir, const char *name, const struct stat *st)
{
	struct stat now;

	return fstatat(dir, name, &now, AT_SYMLINK_NOFOLLOW) == 0 && now.st_ino == st->st_ino &&
	       now.st_dev == st->st_dev;
}

int socket_lock(int dir, const char *name)
{
	uint64_t until = now_ns() + PATIENCE_NS;

	for (;;) {
		struct stat st;
		int ret, fd = openat(dir, name,
				     O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

		if (fd < 0)
			return -errno;
		ret = check(fd, &st);
		if (ret == 0)
			ret = wait_for(fd, until);
		/* Whoever had it before has removed it by now. */
		if (ret == 0 && is_there(dir, name, &st))
			return fd;
		close(fd);
		if (ret < 0)
			return ret;
	}
}

void socket_unlock(int dir, const char *name, int fd)
{
	unlinkat(dir, name, 0);
	close(fd);
}
