/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* No room for the content: an error that leaves the claim standing, to be completed when there is.
 */
#include "input.h"

#include <sched.h>
#include <sys/mount.h>

static void no_room(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_MINOR_SHMEM);
	char dir[] = "/tmp/uffd-test-XXXXXX", path[64];
	struct test_memory m = {.page = 4096, .length = 4 * 4096};
	struct uffd_region *r;
	struct uffd_extent e;
	uint8_t content[2 * 4096];
	int ret, other;

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		test_skip("no mount namespace of our own: %s", strerror(errno));
	ck_assert_ptr_nonnull(mkdtemp(dir));
	if (mount("uffd-test", dir, "tmpfs", 0, "size=8192,huge=never"))
		test_skip("no mount of a tmpfs: %s", strerror(errno));
	snprintf(path, sizeof(path), "%s/other", dir);
	other = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	snprintf(path, sizeof(path), "%s/file", dir);
	m.fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(m.fd, 0);
	ck_assert_int_eq(ftruncate(m.fd, (off_t)m.length), 0);
	m.at = mmap(NULL, m.length, PROT_READ | PROT_WRITE, MAP_SHARED, m.fd, 0);
	ck_assert_ptr_ne(m.at, MAP_FAILED);
	r = REGION(ctx, &m, LIBUFFD_MISSING | LIBUFFD_MINOR, .fault = fault_never,
		   .flags = LIBUFFD_REGION_FD, .fd = m.fd);
	memset(content, 0x66, sizeof(content));
	EXPECT(pwrite(other, content, sizeof(content), 0), sizeof(content)); /* full */

	EXPECT(uffd_claim(r, 0, m.length, &e), 0);
	EXPECT(uffd_populate(r, 0, content, m.page, 0), -ENOSPC);
	ret = uffd_copy(r, m.page, content, m.page, 0);
	ck_assert_msg(ret == -ENOMEM || ret == -ENOSPC, "uffd_copy: %d", ret);
	ret = uffd_zero(r, 2 * m.page, m.page, 0);
	ck_assert_msg(ret == -ENOMEM || ret == -ENOSPC, "uffd_zero: %d", ret);
	for (uint64_t page = 0; page < 4; page++)
		EXPECT(uffd_region_page(r, page * m.page), LIBUFFD_PAGE_BUSY);
	ck_assert_int_eq(ftruncate(other, 0), 0);
	EXPECT(uffd_populate(r, 0, content, m.page, 0), 0);
	EXPECT(uffd_copy(r, m.page, content, m.page, 0), 0);
	ck_assert_uint_eq(((volatile uint8_t *)m.at)[m.page], 0x66);
	EXPECT(uffd_abandon(r, 2 * m.page, 2 * m.page), 0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
	test_memory_free(&m);
	close(other);
	umount2(dir, MNT_DETACH);
	rmdir(dir);
}

TEST_MAIN(no_room)
