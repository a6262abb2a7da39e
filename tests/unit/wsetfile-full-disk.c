/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A file system that is full is reported, wherever in the file that happens; what is there then is
 * no working set.
 */
#include "wset.h"

#include <sys/syscall.h>

/* <linux/mount.h> and <sys/mount.h> do not get along. */
#define TMPFS_SET_STRING 1
#define TMPFS_CREATE     6

static int tiny_file(const char *bytes)
{
	int fs = (int)syscall(SYS_fsopen, "tmpfs", 1u /* close on exec */);
	int dir, fd;

	if (fs < 0)
		test_skip("a tmpfs of one's own: %s", strerror(errno));
	if (syscall(SYS_fsconfig, fs, TMPFS_SET_STRING, "size", bytes, 0) ||
	    syscall(SYS_fsconfig, fs, TMPFS_CREATE, NULL, NULL, 0))
		test_skip("a tmpfs of %s bytes: %s", bytes, strerror(errno));
	dir = (int)syscall(SYS_fsmount, fs, 1u /* close on exec */, 0);
	if (dir < 0)
		test_skip("mount a tmpfs: %s", strerror(errno));
	fd = openat(dir, "set", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_msg(fd >= 0, "create a file on tmpfs: %s", strerror(errno));
	close(dir);
	close(fs);
	return fd;
}

static void full_disk(void)
{
	enum { MANY = 3000 };
	static struct uffd_workingset_entry entries[MANY];
	static struct wset w;
	struct wset_file got;
	unsigned int full = 0;

	wset_fill_entries(&w);
	for (unsigned int i = 0; i < MANY; i++)
		entries[i] = w.entries[1];
	w.f.entries = entries;
	for (uint64_t count = 100; count <= MANY; count += 100) {
		int fd = tiny_file("65536"), ret;

		w.f.entry_count = count;
		ret = wset_file_write(fd, &w.f);
		if (ret == 0) {
			ck_assert_int_eq(wset_file_read(fd, &got), 0);
			wset_file_free(&got);
		} else {
			ck_assert_int_eq(ret, -ENOSPC);
			wset_refused(fd, -EBADMSG, "what did not fit");
			full++;
		}
		close(fd);
	}
	ck_assert(full > 10 && full < MANY / 100);
}
TEST_MAIN(full_disk)
