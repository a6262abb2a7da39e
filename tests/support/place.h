/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Where a test's files are: a directory of its own, or a small file system. */
#ifndef PLACE_H
#define PLACE_H

#include "test.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* <linux/mount.h> and <sys/mount.h> do not get along. */
#define PLACE_SET_STRING 1
#define PLACE_CREATE     6

struct place {
	char dir[64];
	char path[96]; /* of the one file that the test keeps there */
	int fd;        /* of a file system's root, -1: an ordinary directory */
};

static inline void place_make(struct place *p)
{
	p->fd = -1;
	snprintf(p->dir, sizeof(p->dir), "/tmp/uffd-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(p->dir));
	snprintf(p->path, sizeof(p->path), "%s/file", p->dir);
}

/*
 * The root of a file system that nobody else sees; skips where the process may not make one.
 * Options in pairs, ended by NULL.
 */
static inline int place_mount(const char *type, const char *const *options)
{
	int fs = (int)syscall(SYS_fsopen, type, 1u /* close on exec */), dir;

	if (fs < 0)
		test_skip("a %s of one's own: %s", type, strerror(errno));
	for (; *options; options += 2)
		if (syscall(SYS_fsconfig, fs, PLACE_SET_STRING, options[0], options[1], 0))
			test_skip("%s with %s=%s: %s", type, options[0], options[1],
				  strerror(errno));
	if (syscall(SYS_fsconfig, fs, PLACE_CREATE, NULL, NULL, 0))
		test_skip("a %s of one's own: %s", type, strerror(errno));
	dir = (int)syscall(SYS_fsmount, fs, 1u /* close on exec */, 0);
	if (dir < 0)
		test_skip("mount a %s: %s", type, strerror(errno));
	close(fs);
	return dir;
}

static inline void place_make_on(struct place *p, const char *type, const char *const *options)
{
	p->fd = place_mount(type, options);
	snprintf(p->dir, sizeof(p->dir), "/proc/self/fd/%d", p->fd);
	snprintf(p->path, sizeof(p->path), "%s/file", p->dir);
}

/* How many files there are. */
static inline unsigned int place_files(const struct place *p)
{
	DIR *dir = opendir(p->dir);
	struct dirent *e;
	unsigned int n = 0;

	ck_assert_ptr_nonnull(dir);
	while ((e = readdir(dir)))
		n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	closedir(dir);
	return n;
}

/* Its one file may be there, and nothing else. */
static inline void place_end(struct place *p)
{
	unlink(p->path);
	ck_assert_uint_eq(place_files(p), 0);
	if (p->fd >= 0)
		close(p->fd);
	else
		ck_assert_int_eq(rmdir(p->dir), 0);
}

#endif
