/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the PAGEMAP_SCAN ioctl (Linux 6.7).
 * Must never: interpret what was found.
 */
#include <errno.h>

#include <uffd/raw.h>

int64_t uffd_raw_pagemap_scan(int pagemap_fd, struct pm_scan_arg *arg)
{
	int n;

	arg->size = sizeof(*arg);
	n = ioctl(pagemap_fd, PAGEMAP_SCAN, arg);
	return n < 0 ? -errno : n;
}
