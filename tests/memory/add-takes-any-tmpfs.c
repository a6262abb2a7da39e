/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A file of tmpfs is shared memory, whether or not it has a name and its file system is mounted
 * where this process can see it.
 */
#include "claims.h"

#include <sys/syscall.h>

#include "hugepage.h"

static void is_served(struct test_memory *m)
{
	struct served s = {.m = *m};

	s.content = content_make(s.m.length);
	s.ctx = serve_ctx(0);
	claims_add(&s, LIBUFFD_MISSING | LIBUFFD_MINOR, 0);
	ck_assert_uint_eq(uffd_region_backing(s.region), LIBUFFD_BACKING_SHMEM);
	claim(&s, 0, s.m.length / s.m.page);
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, 2 * s.m.page, 0), 0);
	expect_content(&s, 0, 2);
	ck_assert_int_eq(uffd_abandon(s.region, 2 * s.m.page, s.m.length - 2 * s.m.page), 0);
	serve_end(&s);
}

static void map_file(struct test_memory *m, int fd)
{
	ck_assert_int_ge(fd, 0);
	m->fd = fd;
	m->page = (size_t)sysconf(_SC_PAGESIZE);
	m->length = 4 * m->page;
	ck_assert_int_eq(ftruncate(fd, (off_t)m->length), 0);
	m->at = mmap(NULL, m->length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_msg(m->at != MAP_FAILED, "mmap: %s", strerror(errno));
}

static void any_tmpfs(void)
{
	char name[] = "/dev/shm/uffd-test-XXXXXX";
	struct test_memory m;
	int fd = mkostemp(name, O_CLOEXEC);

	if (fd < 0)
		test_skip("/dev/shm: %s", strerror(errno));
	/* With a name, then without, then one that never had one. */
	map_file(&m, fd);
	is_served(&m);
	fd = open(name, O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(unlink(name), 0);
	map_file(&m, fd);
	is_served(&m);
	map_file(&m, open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
	is_served(&m);
	/* Never mounted anywhere. */
	tmpfs_huge_make(&m);
	is_served(&m);
}
TEST_MAIN(any_tmpfs)
