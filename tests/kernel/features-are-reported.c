/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* The kernel reports the features that its version is known to bring: 0x1ffff from 6.8 on. */
#include "expect.h"

#include <sys/utsname.h>

static const struct {
	unsigned int major, minor;
	uint64_t features;
} since[] = {
	{4, 11,
	 UFFD_FEATURE_EVENT_FORK | UFFD_FEATURE_EVENT_REMAP | UFFD_FEATURE_EVENT_REMOVE |
		 UFFD_FEATURE_EVENT_UNMAP | UFFD_FEATURE_MISSING_HUGETLBFS |
		 UFFD_FEATURE_MISSING_SHMEM},
	{4, 14, UFFD_FEATURE_SIGBUS | UFFD_FEATURE_THREAD_ID},
	{5, 7, UFFD_FEATURE_PAGEFAULT_FLAG_WP},
	{5, 13, UFFD_FEATURE_MINOR_HUGETLBFS},
	{5, 14, UFFD_FEATURE_MINOR_SHMEM},
	{5, 18, UFFD_FEATURE_EXACT_ADDRESS},
	{5, 19, UFFD_FEATURE_WP_HUGETLBFS_SHMEM},
	{6, 4, UFFD_FEATURE_WP_UNPOPULATED},
	{6, 6, UFFD_FEATURE_POISON},
	{6, 7, UFFD_FEATURE_WP_ASYNC},
	{6, 8, UFFD_FEATURE_MOVE},
};

static void features_are_reported(void)
{
	unsigned int major = 0, minor = 0;
	uint64_t features = 0, wanted = 0;
	struct utsname name;

	ck_assert_int_eq(uname(&name), 0);
	if (strcmp(name.machine, "x86_64"))
		test_skip("which features a %s kernel has depends on its version and options",
			  name.machine);
	close(test_uffd(0));
	ck_assert_int_eq(sscanf(name.release, "%u.%u", &major, &minor), 2);
	for (size_t i = 0; i < sizeof(since) / sizeof(since[0]); i++)
		if (major > since[i].major || (major == since[i].major && minor >= since[i].minor))
			wanted |= since[i].features;
	ck_assert_int_eq(uffd_raw_features(&features), 0);
	ck_assert_msg((features & wanted) == wanted, "Linux %s lacks features 0x%llx", name.release,
		      (unsigned long long)(wanted & ~features));
	if (major == 6 && minor == 18)
		ck_assert_uint_eq(features, 0x1ffff);
}
TEST_MAIN(features_are_reported)
