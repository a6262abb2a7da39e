/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* The file has the owner and mode that were asked for, whatever the umask; or there is none. */
#include "support.h"

#include <sys/stat.h>

#include "process.h"

#include "serve/listen.h"
#include "serve/privileges.h"

static void has(const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	char reason[LISTEN_REASON] = "";
	struct stat st;
	int fd = listen_at(path, mode, uid, gid, reason);

	ck_assert_msg(fd >= 0, "%s", reason);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFSOCK | mode);
	ck_assert_uint_eq(st.st_uid, uid == (uid_t)-1 ? geteuid() : uid);
	ck_assert_uint_eq(st.st_gid, gid == (gid_t)-1 ? getegid() : gid);
	listen_unlink(path, fd);
	ck_assert(!exists(path));
	close(fd);
}

/* What an unprivileged user gets: in its own directory, in one of root's, for another owner. */
static int unprivileged(void *arg)
{
	const struct place *p = arg;
	const struct identity nobody = {.uid = (uid_t)-1};
	char reason[LISTEN_REASON], dir[] = "/tmp/uffd-listen-XXXXXX", path[64];
	int fd, ret = 0;

	/* The socket is found by /proc/self/fd, which is root's where nothing may be dumped. */
	if (privileges_drop(&nobody, false) < 0 || !mkdtemp(dir))
		return 1;
	snprintf(path, sizeof(path), "%s/s", dir);
	if (listen_at(p->socket, 0600, (uid_t)-1, (gid_t)-1, reason) != -EACCES ||
	    strcmp(reason, "Permission denied"))
		ret = 2;
	if (listen_at(path, 0600, 0, 0, reason) != -EPERM ||
	    strcmp(reason, "Operation not permitted"))
		ret = 3;
	if (files_in(dir) != 0)
		ret = 4;
	umask(0777);
	fd = listen_at(path, 0660, (uid_t)-1, (gid_t)-1, reason);
	if (fd < 0)
		ret = 5;
	else
		listen_unlink(path, fd);
	return rmdir(dir) < 0 ? 6 : ret;
}

static void listen_sets_owner_and_mode(void)
{
	struct place p;
	mode_t before;

	place_make(&p);
	has(p.socket, 0600, (uid_t)-1, (gid_t)-1);
	has(p.socket, 0666, (uid_t)-1, (gid_t)-1);
	before = umask(0777);
	has(p.socket, 0660, (uid_t)-1, (gid_t)-1);
	umask(0);
	has(p.socket, 0600, (uid_t)-1, (gid_t)-1);
	umask(before);
	if (geteuid() == 0) {
		has(p.socket, 0660, 12345, 23456);
		has(p.socket, 0660, (uid_t)-1, 23456);
		ck_assert_int_eq(chmod(p.dir, 0755), 0);
		ck_assert_int_eq(run_unprivileged(unprivileged, &p), 0);
	}
	place_free(&p);
}

TEST_MAIN(listen_sets_owner_and_mode)
