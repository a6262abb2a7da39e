/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Two file systems number their files alike: the wrong file of the same number is EBADF. */
#include "input.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

static int file_on_new_tmpfs(const char *dir, size_t length)
{
	char path[128];
	int fd;

	if (mount("uffd-test", dir, "tmpfs", 0, "size=1m"))
		test_skip("no mount of a tmpfs: %s", strerror(errno));
	snprintf(path, sizeof(path), "%s/file", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)length), 0);
	return fd;
}

static void equal_numbers(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_MISSING_SHMEM);
	char first[] = "/tmp/uffd-test-XXXXXX", second[] = "/tmp/uffd-test-XXXXXX";
	size_t length = 4 * (size_t)sysconf(_SC_PAGESIZE);
	struct stat a, b;
	int fd, wrong;
	void *at;

	/* The mounts are this process's and end with it. */
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		test_skip("no mount namespace of our own: %s", strerror(errno));
	ck_assert_ptr_nonnull(mkdtemp(first));
	ck_assert_ptr_nonnull(mkdtemp(second));
	fd = file_on_new_tmpfs(first, length);
	wrong = file_on_new_tmpfs(second, length);
	ck_assert_int_eq(fstat(fd, &a) | fstat(wrong, &b), 0);
	at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(at, MAP_FAILED);
	if (a.st_ino == b.st_ino)
		REFUSES_REGION(ctx, at, length, LIBUFFD_MISSING, -EBADF, .fault = fault_never,
			       .flags = LIBUFFD_REGION_FD, .fd = wrong);
	EXPECT(uffd_region_remove(region_make(ctx, at, length, LIBUFFD_MISSING,
					      (struct uffd_region_opts){.fault = fault_never,
									.flags = LIBUFFD_REGION_FD,
									.fd = fd}),
				  LIBUFFD_CLOSE_DROP),
	       0);
	munmap(at, length);
	close(fd);
	close(wrong);
	umount2(first, MNT_DETACH);
	umount2(second, MNT_DETACH);
	rmdir(first);
	rmdir(second);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	if (a.st_ino != b.st_ino)
		test_skip("these file systems number their files apart");
}

TEST_MAIN(equal_numbers)
