/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* guest_memfd does not do MISSING or MINOR, and WP with WP_ASYNC at most. */
#include "input.h"

#include <linux/kvm.h>
#include <sys/ioctl.h>

#ifndef KVM_CREATE_GUEST_MEMFD
struct kvm_create_guest_memfd {
	__u64 size;
	__u64 flags;
	__u64 reserved[6];
};
#define KVM_CREATE_GUEST_MEMFD _IOWR(KVMIO, 0xd4, struct kvm_create_guest_memfd)
#endif
#define MMAP_AND_INIT_SHARED 3

static void make(struct test_memory *m)
{
	struct kvm_create_guest_memfd create = {.size = 2 * 4096, .flags = MMAP_AND_INIT_SHARED};
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm;

	if (kvm < 0)
		test_skip("/dev/kvm: %s", strerror(errno));
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	ck_assert_int_ge(vm, 0);
	*m = (struct test_memory){.length = create.size, .page = 4096};
	m->fd = ioctl(vm, KVM_CREATE_GUEST_MEMFD, &create);
	if (m->fd < 0)
		test_skip("no guest_memfd that can be mapped: %s", strerror(errno));
	close(vm);
	close(kvm);
	m->at = mmap(NULL, m->length, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 0);
	ck_assert_ptr_ne(m->at, MAP_FAILED);
}

static void guest_memfd(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_MINOR_SHMEM);
	struct test_memory m;

	make(&m);
#define REFUSES(modes, ...)                                                                        \
	REFUSES_REGION(ctx, m.at, m.length, modes, -EOPNOTSUPP, .fault = fault_never,              \
		       .wp_fault = wp_never, __VA_ARGS__)
	REFUSES(LIBUFFD_MISSING, .backing = LIBUFFD_BACKING_DETECT);
	REFUSES(LIBUFFD_MISSING, .backing = LIBUFFD_BACKING_GUEST_MEMFD);
	REFUSES(LIBUFFD_MISSING | LIBUFFD_MINOR, .backing = LIBUFFD_BACKING_DETECT);
	REFUSES(LIBUFFD_MINOR, .flags = LIBUFFD_REGION_TRUST_CACHE);
	REFUSES(LIBUFFD_WP, .backing = LIBUFFD_BACKING_DETECT);
	*(volatile uint8_t *)m.at = 1;
	ck_assert_uint_eq(*(volatile uint8_t *)m.at, 1);
	test_memory_free(&m);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(guest_memfd)
