/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * In a process that locks all its memory, mmap fills what it maps; the probe's pages are absent
 * all the same, and its answers are those of any other process.
 */
#include "test.h"

#include <uffd/probe.h>
#include <uffd/raw.h>

static void locked(void)
{
	static const uint32_t types[] = {LIBUFFD_BACKING_ANON, LIBUFFD_BACKING_SHMEM,
					 LIBUFFD_BACKING_SHMEM_PRIVATE};
	struct uffd_memory_abilities before[3], after;
	int ret;

	for (int i = 0; i < 3; i++) {
		before[i] = (struct uffd_memory_abilities){.size = sizeof(after)};
		ret = uffd_probe_memory(types[i], 0, &before[i]);
		if (ret < 0)
			test_skip("no userfaultfd: %s", strerror(-ret));
	}
	if (mlockall(MCL_CURRENT | MCL_FUTURE) < 0)
		test_skip("mlockall: %s", strerror(errno));
	for (int i = 0; i < 3; i++) {
		after = (struct uffd_memory_abilities){.size = sizeof(after)};
		ck_assert_int_eq(uffd_probe_memory(types[i], 0, &after), 0);
		ck_assert_int_eq(after.copy, before[i].copy);
		ck_assert_int_eq(after.zeropage, before[i].zeropage);
		ck_assert_int_eq(after.continue_, before[i].continue_);
		ck_assert_int_eq(after.poison, before[i].poison);
		ck_assert_int_eq(after.move, before[i].move);
		ck_assert_int_eq(after.writeprotect, before[i].writeprotect);
	}
	munlockall();
}

TEST_MAIN(locked)
