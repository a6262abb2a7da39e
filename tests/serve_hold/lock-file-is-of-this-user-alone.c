/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A lock file that somebody else could have locked for good is refused before it is waited for, and
 * stays. One of this user is waited for, until a signal comes that ends a server, or a second long.
 */
#include "support.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "serve/listen.h"
#include "serve/socket_lock.h"

#define SECOND UINT64_C(1000000000)

static struct place place;
static char path[sizeof(place.dir) + 16];

/* A file that is locked by whoever has the descriptor. */
static int locked(mode_t mode)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
	return fd;
}

static int try_listen(char reason[LISTEN_REASON])
{
	return listen_at(place.socket, 0600, (uid_t)-1, (gid_t)-1, reason);
}

/* What is there is refused, in words, and is all that is there after that. */
static void refused(int error, const char *words, int files)
{
	char reason[LISTEN_REASON] = "";
	struct stat before, after;

	ck_assert_int_eq(lstat(path, &before), 0);
	ck_assert_int_eq(try_listen(reason), error);
	ck_assert_msg(strstr(reason, words) && !strchr(reason, '\n'), "\"%s\"", reason);
	ck_assert_int_eq(lstat(path, &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	ck_assert_int_eq(files_in(place.dir), files);
}

static void of_others(void)
{
	char other[sizeof(place.dir) + 16];
	int fd = locked(0660);

	refused(-ENOLCK, "lock file", 1);
	ck_assert_int_eq(fchmod(fd, 0600), 0);
	snprintf(other, sizeof(other), "%s/other", place.dir);
	ck_assert_int_eq(link(path, other), 0);
	refused(-ENOLCK, "lock file", 2);
	ck_assert_int_eq(unlink(other), 0);
	if (geteuid() == 0) {
		ck_assert_int_eq(fchown(fd, 12345, (gid_t)-1), 0);
		refused(-ENOLCK, "lock file", 1);
	}
	close(fd);
	ck_assert_int_eq(unlink(path), 0);

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	refused(-ENOLCK, "lock file", 1);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(symlink("other", path), 0);
	refused(-ELOOP, "symbolic link", 1);
	ck_assert_int_eq(unlink(path), 0);
}

static void of_this_user(void)
{
	const struct timespec none = {0};
	sigset_t term, before;
	int fd = locked(0600);
	uint64_t began = test_now();

	refused(-EBUSY, "lock file", 1);
	ck_assert_uint_ge(test_now() - began, SECOND);

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &term, &before), 0);
	ck_assert_int_eq(raise(SIGTERM), 0);
	refused(-EINTR, "signal", 1);
	/* It is still there, for whoever waits for it. */
	ck_assert_int_eq(sigtimedwait(&term, NULL, &none), SIGTERM);
	ck_assert_int_eq(sigprocmask(SIG_SETMASK, &before, NULL), 0);
	close(fd);
}

/* A file that is left, and locked by nobody, is used and removed. */
static void left_by_a_killed_server(void)
{
	char reason[LISTEN_REASON] = "";
	int fd = try_listen(reason);

	ck_assert_msg(fd >= 0, "%s", reason);
	ck_assert(!exists(path));
	listen_unlink(place.socket, fd);
	close(fd);
}

static void lock_file_is_of_this_user_alone(void)
{
	int before;

	place_make(&place);
	snprintf(path, sizeof(path), "%s/.s.lock", place.dir);
	before = descriptors_of(getpid());
	of_others();
	of_this_user();
	left_by_a_killed_server();
	await_descriptors(getpid(), before);
	place_free(&place);
}

TEST_MAIN(lock_file_is_of_this_user_alone)
