/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * /dev/userfaultfd asks for no capability: who can open it gets a userfaultfd, and one that also
 * serves faults of the kernel; who cannot is told EACCES.
 */
#include "expect.h"
#include "process.h"

static int by_permission(void *arg)
{
	int *dev = arg;
	int may = access("/dev/userfaultfd", R_OK | W_OK) == 0;
	int fd = uffd_raw_open_device(O_CLOEXEC | O_NONBLOCK);

	if (may ? fd < 0 : fd != -EACCES)
		return 1;
	/* A descriptor of the device that was opened while it was allowed. */
	fd = ioctl(*dev, USERFAULTFD_IOC_NEW, O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return 2;
	return uffd_raw_api(fd, 0, NULL, NULL) == 0 ? 0 : 3;
}

static void device_follows_file_permissions(void)
{
	int dev = open("/dev/userfaultfd", O_RDWR | O_CLOEXEC);

	if (dev < 0)
		test_skip("/dev/userfaultfd: %s", strerror(errno));
	ck_assert_int_eq(run_unprivileged(by_permission, &dev), 0);
	close(dev);
}
TEST_MAIN(device_follows_file_permissions)
