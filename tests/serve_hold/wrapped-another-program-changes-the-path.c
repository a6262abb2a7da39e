/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Between the look at the path and the rename another program puts something there, or takes it
 * away: what it put stays. The test is the other program, by way of its own renameat2().
 */
#include "support.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "serve/listen.h"

int __real_renameat2(int from_dir, const char *from, int to_dir, const char *to,
		     unsigned int flags);
int __wrap_renameat2(int from_dir, const char *from, int to_dir, const char *to,
		     unsigned int flags);

static struct place place;
static void (*meanwhile)(void);
static unsigned int times;

int __wrap_renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned int flags)
{
	/* Every other one only: the one after that is to put things back. */
	if (times && times-- % 2 != 0)
		meanwhile();
	return __real_renameat2(from_dir, from, to_dir, to, flags);
}

static void put_file(void)
{
	int fd;

	unlink(place.socket);
	fd = open(place.socket, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void take_away(void)
{
	ck_assert_int_eq(unlink(place.socket), 0);
}

static void make_dead(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	unlink(place.socket);
	snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", place.socket);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
}

static int listening(void (*fn)(void), unsigned int how_often)
{
	char reason[LISTEN_REASON] = "";

	meanwhile = fn;
	times = how_often;
	return listen_at(place.socket, 0600, (uid_t)-1, (gid_t)-1, reason);
}

static void file_stays(void)
{
	struct stat st;

	ck_assert_int_eq(files_in(place.dir), 1);
	ck_assert_int_eq(lstat(place.socket, &st), 0);
	ck_assert(S_ISREG(st.st_mode));
	ck_assert_int_eq(unlink(place.socket), 0);
}

static void another_program_changes_the_path(void)
{
	int fd;

	place_make(&place);
	/* Nothing was there. */
	ck_assert_int_eq(listening(put_file, 1), -EEXIST);
	file_stays();
	/* A dead socket was. */
	make_dead();
	ck_assert_int_eq(listening(put_file, 1), -EEXIST);
	file_stays();
	/* A dead one again and again: this ends too. */
	make_dead();
	ck_assert_int_eq(listening(make_dead, 9999), -EBUSY);
	ck_assert_int_eq(files_in(place.dir), 1);
	/* It goes: the second look finds nothing there. */
	fd = listening(take_away, 1);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(files_in(place.dir), 1);
	/* And in the middle of a removal: what has come is put back. */
	meanwhile = put_file;
	times = 1;
	listen_unlink(place.socket, fd);
	file_stays();
	close(fd);
	place_free(&place);
}

TEST_MAIN(another_program_changes_the_path)
