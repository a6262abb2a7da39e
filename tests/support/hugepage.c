/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: getting memory that may become one huge page. */
#include "hugepage.h"

#include <sys/syscall.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
/* <linux/mount.h> and <sys/mount.h> do not get along. */
#define TMPFS_SET_STRING 1
#define TMPFS_CREATE     6

static void *map_aligned(int fd)
{
	/* Twice the size has an aligned half in it. */
	uint8_t *at = mmap(NULL, 2 * HUGE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t before = HUGE_SIZE - (uintptr_t)at % HUGE_SIZE;

	ck_assert_ptr_ne(at, MAP_FAILED);
	before %= HUGE_SIZE;
	if (before)
		munmap(at, before);
	munmap(at + before + HUGE_SIZE, HUGE_SIZE - before);
	at = mmap(at + before, HUGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
	ck_assert_msg(at != MAP_FAILED, "mmap: %s", strerror(errno));
	return at;
}

static void make(struct test_memory *m, int fd)
{
	m->fd = fd;
	m->page = (size_t)sysconf(_SC_PAGESIZE);
	m->length = HUGE_SIZE;
	if (m->page != 4096)
		test_skip("pages of %zu bytes: their huge pages are not 2 MiB", m->page);
	ck_assert_int_eq(ftruncate(m->fd, HUGE_SIZE), 0);
	m->at = map_aligned(m->fd);
}

void keep_khugepaged_off(const struct test_memory *m)
{
	ck_assert_int_eq(madvise(m->at, m->length, MADV_NOHUGEPAGE), 0);
}

void tmpfs_huge_make(struct test_memory *m)
{
	int fs = (int)syscall(SYS_fsopen, "tmpfs", 1u /* close on exec */);
	int dir, file;

	if (fs < 0)
		test_skip("a tmpfs of one's own: %s", strerror(errno));
	if (syscall(SYS_fsconfig, fs, TMPFS_SET_STRING, "huge", "always", 0))
		test_skip("tmpfs with huge=always: %s", strerror(errno));
	ck_assert_int_eq(syscall(SYS_fsconfig, fs, TMPFS_CREATE, NULL, NULL, 0), 0);
	dir = (int)syscall(SYS_fsmount, fs, 1u /* close on exec */, 0);
	if (dir < 0)
		test_skip("mount a tmpfs: %s", strerror(errno));
	file = openat(dir, "memory", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_msg(file >= 0, "create a file on tmpfs: %s", strerror(errno));
	close(dir);
	close(fs);
	make(m, file);
	keep_khugepaged_off(m);
}

void memfd_aligned_make(struct test_memory *m)
{
	int fd = memfd_create("uffd-test", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	make(m, fd);
}

void *aligned_alias(const struct test_memory *m)
{
	return map_aligned(m->fd);
}

void collapse(void *at)
{
	if (madvise(at, HUGE_SIZE, MADV_COLLAPSE))
		test_skip("MADV_COLLAPSE: %s", strerror(errno));
}
