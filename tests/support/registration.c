/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: trying every registration mode on one mapping. */
#include "registration.h"

#include "expect.h"

#define EVERY_MEMORY                                                                               \
	(UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_MISSING_HUGETLBFS |                         \
	 UFFD_FEATURE_MISSING_SHMEM | UFFD_FEATURE_MINOR_HUGETLBFS | UFFD_FEATURE_MINOR_SHMEM |    \
	 UFFD_FEATURE_WP_HUGETLBFS_SHMEM)

static void expect_mode(int fd, const struct test_memory *m, uint64_t mode, int wanted,
			const char *what)
{
	int ret = uffd_raw_register(fd, address(m->at), m->length, mode, NULL);

	ck_assert_msg(ret == wanted, "register %s: %d (%s), the known kernels say %d (%s)", what,
		      ret, strerror(-ret), wanted, strerror(-wanted));
	if (ret == 0)
		ck_assert_int_eq(uffd_raw_unregister(fd, address(m->at), m->length), 0);
}

void expect_registration(const struct test_memory *m, const struct registration *wanted)
{
	int fd = test_uffd(EVERY_MEMORY);

	expect_mode(fd, m, UFFDIO_REGISTER_MODE_MISSING, wanted->missing, "MISSING");
	expect_mode(fd, m, UFFDIO_REGISTER_MODE_MINOR, wanted->minor, "MINOR");
	expect_mode(fd, m, UFFDIO_REGISTER_MODE_WP, wanted->wp, "WP");
	close(fd);

	fd = test_uffd(EVERY_MEMORY | UFFD_FEATURE_WP_ASYNC);
	expect_mode(fd, m, UFFDIO_REGISTER_MODE_MISSING, wanted->missing, "MISSING (WP_ASYNC on)");
	expect_mode(fd, m, UFFDIO_REGISTER_MODE_MINOR, wanted->minor, "MINOR (WP_ASYNC on)");
	expect_mode(fd, m, UFFDIO_REGISTER_MODE_WP, wanted->wp_async, "WP (WP_ASYNC on)");
	close(fd);
}
