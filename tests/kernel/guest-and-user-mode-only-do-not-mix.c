/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * With a USER_MODE_ONLY userfaultfd, or FEATURE_SIGBUS, a guest's access to an absent page sends no
 * message: of data it ends KVM_RUN as MMIO, of code as an internal error.
 */
#include "expect.h"
#include "kvm.h"

static int user_mode_only(void)
{
	int fd = uffd_raw_open(O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY, NULL);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(uffd_raw_api(fd, UFFD_FEATURE_MISSING_SHMEM, NULL, NULL), 0);
	return fd;
}

static void run_with(int fd, bool code_is_there, int exit_reason)
{
	struct test_memory m;
	struct guest g;

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 4);
	if (code_is_there)
		memcpy(page_at(&m, 1), KVM_GUEST_CODE, sizeof(KVM_GUEST_CODE) - 1);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	kvm_guest_make(&g, &m);
	ck_assert_int_eq(kvm_guest_run(&g), exit_reason);
	if (exit_reason == KVM_EXIT_MMIO)
		ck_assert_uint_eq(g.run->mmio.phys_addr, 2 * m.page);
	expect_silence(fd);
	kvm_guest_free(&g);
	test_memory_free(&m);
	close(fd);
}

static void guest_and_user_mode_only(void)
{
	close(test_uffd(UFFD_FEATURE_SIGBUS | UFFD_FEATURE_MISSING_SHMEM));
	run_with(user_mode_only(), true, KVM_EXIT_MMIO);
	run_with(user_mode_only(), false, KVM_EXIT_INTERNAL_ERROR);
	run_with(test_uffd(UFFD_FEATURE_SIGBUS | UFFD_FEATURE_MISSING_SHMEM), true, KVM_EXIT_MMIO);
	run_with(test_uffd(UFFD_FEATURE_SIGBUS | UFFD_FEATURE_MISSING_SHMEM), false,
		 KVM_EXIT_INTERNAL_ERROR);
}
TEST_MAIN(guest_and_user_mode_only)
