/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Files of two file systems may have the same inode number. Only the one that is mapped is taken:
 * writing the content to the other would be wrong bytes in both.
 */
#include "claims.h"

#include <sys/stat.h>
#include <sys/syscall.h>

/* The first file of a new tmpfs. */
static int first_file(void)
{
	int fs = (int)syscall(SYS_fsopen, "tmpfs", 1u), dir, fd;

	if (fs < 0 || syscall(SYS_fsconfig, fs, 6 /* create */, NULL, NULL, 0))
		test_skip("a tmpfs of one's own: %s", strerror(errno));
	dir = (int)syscall(SYS_fsmount, fs, 1u, 0);
	ck_assert_int_ge(dir, 0);
	fd = openat(dir, "memory", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, 65536), 0);
	close(dir);
	close(fs);
	return fd;
}

static void same_number(void)
{
	struct served s = {.m = {.length = 65536, .page = (size_t)sysconf(_SC_PAGESIZE)}};
	struct uffd_region_opts opts = {.size = sizeof(opts),
					.flags = LIBUFFD_REGION_FD,
					.fault = served_fault,
					.user = &s};
	int mapped = first_file(), other = first_file();
	struct stat a, b;

	ck_assert_int_eq(fstat(mapped, &a), 0);
	ck_assert_int_eq(fstat(other, &b), 0);
	if (a.st_ino != b.st_ino)
		test_skip("tmpfs numbers its files otherwise");
	s.m.at = mmap(NULL, s.m.length, PROT_READ | PROT_WRITE, MAP_SHARED, mapped, 0);
	ck_assert_ptr_ne(s.m.at, MAP_FAILED);
	s.ctx = serve_ctx(0);
	opts.fd = other;
	ck_assert_int_eq(uffd_region_add(&s.region, s.ctx, s.m.at, s.m.length,
					 LIBUFFD_MISSING | LIBUFFD_MINOR, &opts),
			 -EBADF);
	opts.fd = mapped;
	ck_assert_int_eq(uffd_region_add(&s.region, s.ctx, s.m.at, s.m.length,
					 LIBUFFD_MISSING | LIBUFFD_MINOR, &opts),
			 0);
	/* Side by side they are not one file either. */
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_DROP), 0);
	ck_assert_ptr_ne(mmap((uint8_t *)s.m.at + 32768, 32768, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_FIXED, other, 32768),
			 MAP_FAILED);
	ck_assert_int_eq(uffd_region_add(&s.region, s.ctx, s.m.at, s.m.length,
					 LIBUFFD_MISSING | LIBUFFD_MINOR, &opts),
			 -ENXIO);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_REFUSE), 0);
	munmap(s.m.at, s.m.length);
	close(mapped);
	close(other);
}
TEST_MAIN(same_number)
