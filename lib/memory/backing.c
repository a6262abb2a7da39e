/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See backing.h. */
#include "memory/backing.h"

#include <stddef.h>

#include <uffd/uapi.h>

#define ALL (LIBUFFD_MISSING | LIBUFFD_MINOR | LIBUFFD_WP)

static const struct backing rows[LIBUFFD_BACKING_COUNT] = {
	[LIBUFFD_BACKING_ANON] =
		{
			.modes = LIBUFFD_MISSING | LIBUFFD_WP,
			.zeropage = true,
			.movable = true,
			.wp_feature = UFFD_FEATURE_PAGEFAULT_FLAG_WP,
		},
	[LIBUFFD_BACKING_SHMEM] =
		{
			.modes = ALL,
			.shared = true,
			.zeropage = true,
			.writable_file = true,
			.missing_feature = UFFD_FEATURE_MISSING_SHMEM,
			.minor_feature = UFFD_FEATURE_MINOR_SHMEM,
			.wp_feature = UFFD_FEATURE_WP_HUGETLBFS_SHMEM,
		},
	/*
	 * A private mapping registers for MINOR, but its COPY makes an anonymous page and leaves
	 * the cache alone (seen on 6.18): what a MINOR fault would mean there is nobody's guess.
	 */
	[LIBUFFD_BACKING_SHMEM_PRIVATE] =
		{
			.modes = LIBUFFD_MISSING | LIBUFFD_WP,
			.zeropage = true,
			.missing_feature = UFFD_FEATURE_MISSING_SHMEM,
			.wp_feature = UFFD_FEATURE_WP_HUGETLBFS_SHMEM,
		},
	[LIBUFFD_BACKING_HUGETLB] =
		{
			.modes = ALL,
			.shared = true,
			.huge = true,
			.missing_feature = UFFD_FEATURE_MISSING_HUGETLBFS,
			.minor_feature = UFFD_FEATURE_MINOR_HUGETLBFS,
			.wp_feature = UFFD_FEATURE_WP_HUGETLBFS_SHMEM,
		},
	[LIBUFFD_BACKING_HUGETLB_PRIVATE] =
		{
			.modes = LIBUFFD_MISSING | LIBUFFD_WP,
			.huge = true,
			.missing_feature = UFFD_FEATURE_MISSING_HUGETLBFS,
			.wp_feature = UFFD_FEATURE_WP_HUGETLBFS_SHMEM,
		},
	/* 6.18 registers it for WP only, and that only with WP_ASYNC; the kernel decides. */
	[LIBUFFD_BACKING_GUEST_MEMFD] =
		{
			.modes = LIBUFFD_WP,
			.shared = true,
			.wp_feature = UFFD_FEATURE_WP_ASYNC,
		},
};

const struct backing *backing_row(uint32_t type)
{
	return type > LIBUFFD_BACKING_DETECT && type < LIBUFFD_BACKING_COUNT ? &rows[type] : NULL;
}
