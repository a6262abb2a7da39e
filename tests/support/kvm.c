/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: /dev/kvm, as far as these tests need it. */
#include "kvm.h"

#include <sys/ioctl.h>

#ifndef KVM_CREATE_GUEST_MEMFD
struct kvm_create_guest_memfd {
	__u64 size;
	__u64 flags;
	__u64 reserved[6];
};
#define KVM_CREATE_GUEST_MEMFD _IOWR(KVMIO, 0xd4, struct kvm_create_guest_memfd)
#endif

int kvm_vm(void)
{
	int dev = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm;

	if (dev < 0)
		test_skip("/dev/kvm: %s", strerror(errno));
	vm = ioctl(dev, KVM_CREATE_VM, 0);
	if (vm < 0)
		test_skip("no virtual machine: %s", strerror(errno));
	close(dev);
	return vm;
}

void kvm_guest_memfd_make(struct test_memory *m, size_t pages)
{
	struct kvm_create_guest_memfd create = {.flags = GUEST_MEMFD_FLAG_MMAP |
							 GUEST_MEMFD_FLAG_INIT_SHARED};
	int vm = kvm_vm(), flags = ioctl(vm, KVM_CHECK_EXTENSION, KVM_CAP_GUEST_MEMFD_FLAGS);

	if (flags < 0 || (flags & (int)create.flags) != (int)create.flags)
		test_skip("no guest_memfd that can be mapped (flags 0x%x)", (unsigned int)flags);
	m->page = (size_t)sysconf(_SC_PAGESIZE);
	m->length = pages * m->page;
	create.size = m->length;
	m->fd = ioctl(vm, KVM_CREATE_GUEST_MEMFD, &create);
	ck_assert_msg(m->fd >= 0, "KVM_CREATE_GUEST_MEMFD: %s", strerror(errno));
	close(vm); /* the file keeps the machine alive */
	m->at = mmap(NULL, m->length, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 0);
	ck_assert_msg(m->at != MAP_FAILED, "mmap of a guest_memfd: %s", strerror(errno));
}

#if defined(__x86_64__)
static void real_mode(int cpu, uint64_t at)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs = {.rip = at, .rflags = 2};

	ck_assert_int_eq(ioctl(cpu, KVM_GET_SREGS, &sregs), 0);
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	ck_assert_int_eq(ioctl(cpu, KVM_SET_SREGS, &sregs), 0);
	ck_assert_int_eq(ioctl(cpu, KVM_SET_REGS, &regs), 0);
}
#else
static void real_mode(int cpu, uint64_t at)
{
	(void)cpu;
	(void)at;
	test_skip("the guest's code is for x86");
}
#endif

void kvm_guest_make(struct guest *g, const struct test_memory *m)
{
	struct kvm_userspace_memory_region region = {.memory_size = m->length,
						     .userspace_addr = (uintptr_t)m->at};
	int dev = open("/dev/kvm", O_RDWR | O_CLOEXEC), size;

	g->vm = kvm_vm();
	size = ioctl(dev, KVM_GET_VCPU_MMAP_SIZE, 0);
	ck_assert_int_gt(size, 0);
	close(dev);
	g->run_size = (size_t)size;
	ck_assert_int_eq(ioctl(g->vm, KVM_SET_USER_MEMORY_REGION, &region), 0);
	g->cpu = ioctl(g->vm, KVM_CREATE_VCPU, 0);
	ck_assert_msg(g->cpu >= 0, "KVM_CREATE_VCPU: %s", strerror(errno));
	g->run = mmap(NULL, g->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, g->cpu, 0);
	ck_assert_ptr_ne(g->run, MAP_FAILED);
	real_mode(g->cpu, m->page);
}

void kvm_guest_free(struct guest *g)
{
	munmap(g->run, g->run_size);
	close(g->cpu);
	close(g->vm);
}

int kvm_guest_run(struct guest *g)
{
	if (ioctl(g->cpu, KVM_RUN, 0) < 0)
		return -errno;
	return (int)g->run->exit_reason;
}
