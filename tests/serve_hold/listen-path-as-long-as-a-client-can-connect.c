/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* 107 bytes are served, also where the name is short or nearly all of it; 108 are refused. */
#include "support.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "serve/listen.h"

/* dir, slashes up to length - name, and a name of so many bytes. */
static void path_of(char *path, const char *dir, size_t length, size_t name)
{
	size_t at = strlen(dir);

	memcpy(path, dir, at);
	memset(path + at, '/', length - name - at);
	memset(path + length - name, 's', name);
	path[length] = 0;
}

static void served(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char reason[LISTEN_REASON] = "";
	int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int fd = listen_at(path, 0600, (uid_t)-1, (gid_t)-1, reason);

	ck_assert_msg(fd >= 0, "%s: %s", path, reason);
	memcpy(address.sun_path, path, strlen(path));
	ck_assert_int_eq(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
	close(client);
	listen_unlink(path, fd);
	ck_assert(!exists(path));
	close(fd);
}

static void refused(const char *path, int error, const char *words)
{
	char reason[LISTEN_REASON] = "";

	ck_assert_int_eq(listen_at(path, 0600, (uid_t)-1, (gid_t)-1, reason), error);
	ck_assert_msg(strstr(reason, words) && !strchr(reason, '\n'), "\"%s\"", reason);
}

/* The holder's socket has a longer name, and only its own clients. */
static void held(const char *path)
{
	struct hold *hold, *other;

	ck_assert_int_eq(hold_open(&hold, path), 0);
	ck_assert_int_eq(hold_open(&other, path), -EADDRINUSE);
	hold_close(hold);
}

static void listen_path_as_long_as_a_client_can_connect(void)
{
	struct place p;
	char path[256];

	place_make(&p);
	path_of(path, p.dir, 107, 1);
	served(path);
	held(path);
	path_of(path, p.dir, 107, 107 - strlen(p.dir) - 1);
	served(path);
	held(path);
	path_of(path, p.dir, 108, 1);
	refused(path, -ENAMETOOLONG, "107");
	refused("", -EINVAL, "names no file");
	refused("/", -EINVAL, "names no file");
	refused("/tmp/..", -EINVAL, "names no file");
	snprintf(path, sizeof(path), "%s/missing/s", p.dir);
	refused(path, -ENOENT, "directory: No such file");
	refused("/dev/null/s", -ENOTDIR, "directory: Not a directory");

	/* Relative, and the holder's working directory is another. */
	ck_assert_int_eq(chdir(p.dir), 0);
	served("s");
	held("s");
	ck_assert_int_eq(chdir("/"), 0);
	place_free(&p);
}

TEST_MAIN(listen_path_as_long_as_a_client_can_connect)
