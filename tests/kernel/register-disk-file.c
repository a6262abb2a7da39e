/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A file on a disk's file system registers WP while WP_ASYNC is on, and in no other mode. */
#include "expect.h"
#include "registration.h"

#include <linux/magic.h>
#include <sys/vfs.h>

static int disk_file(void)
{
	static const char *const places[] = {".", "/var/tmp", "/tmp", "/"};
	struct statfs fs;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int fd = open(places[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

		if (fd >= 0 && fstatfs(fd, &fs) == 0 && fs.f_type == EXT4_SUPER_MAGIC)
			return fd;
		if (fd >= 0)
			close(fd);
	}
	test_skip("no place for a file on ext4");
}

static void file_on_disk(void)
{
	static const struct registration wanted = {
		.missing = -EINVAL, .minor = -EINVAL, .wp = -EINVAL};
	struct test_memory m = {.fd = disk_file(), .page = (size_t)sysconf(_SC_PAGESIZE)};

	m.length = 2 * m.page;
	ck_assert_int_eq(ftruncate(m.fd, (off_t)m.length), 0);
	m.at = mmap(NULL, m.length, PROT_READ | PROT_WRITE, MAP_SHARED, m.fd, 0);
	ck_assert_ptr_ne(m.at, MAP_FAILED);
	expect_registration(&m, &wanted);
	munmap(m.at, m.length);
	m.at = mmap(NULL, m.length, PROT_READ | PROT_WRITE, MAP_PRIVATE, m.fd, 0);
	ck_assert_ptr_ne(m.at, MAP_FAILED);
	expect_registration(&m, &wanted);
	test_memory_free(&m);
}
TEST_MAIN(file_on_disk)
