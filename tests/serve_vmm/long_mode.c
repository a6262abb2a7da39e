/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what long_mode.h says. Must never: leave a register to chance. */
#include "long_mode.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "layout.h"
#include "say.h"
#include "vcpu.h"

#define CR0_PE   (UINT64_C(1) << 0)
#define CR0_PG   (UINT64_C(1) << 31)
#define CR4_PAE  (UINT64_C(1) << 5)
#define EFER_LME (UINT64_C(1) << 8)
#define EFER_LMA (UINT64_C(1) << 10)

#define PTE_PRESENT  (UINT64_C(1) << 0)
#define PTE_WRITABLE (UINT64_C(1) << 1)
#define PTE_HUGE     (UINT64_C(1) << 7)

/* guest.S */
extern const unsigned char guest_program_begin[] __attribute__((visibility("hidden")));
extern const unsigned char guest_program_end[] __attribute__((visibility("hidden")));

static uint64_t *words_at(char *own, uint64_t address)
{
	return (uint64_t *)(own + address);
}

void long_mode_fill(char *own)
{
	const uint64_t flags = PTE_PRESENT | PTE_WRITABLE;

	words_at(own, LAYOUT_PML4)[0] = LAYOUT_PDPT | flags;
	for (uint64_t gib = 0; gib < LAYOUT_GIB; gib++) {
		uint64_t at = LAYOUT_PAGE_DIRS + gib * 4096;

		words_at(own, LAYOUT_PDPT)[gib] = at | flags;
		for (uint64_t i = 0; i < 512; i++)
			words_at(own, at)[i] = gib << 30 | i << 21 | flags | PTE_HUGE;
	}
	memcpy(own + LAYOUT_PROGRAM, guest_program_begin,
	       (size_t)(guest_program_end - guest_program_begin));
}

/* Without a CPUID of its own the vCPU would have no long mode. */
static int set_cpuid(const struct machine *machine, const struct vcpu *vcpu)
{
	enum { ENTRIES = 256 };
	struct kvm_cpuid2 *cpuid;
	int ret = 0;

	cpuid = calloc(1, sizeof(*cpuid) + ENTRIES * sizeof(cpuid->entries[0]));
	if (!cpuid)
		return complain("CPUID", ENOMEM);
	cpuid->nent = ENTRIES;
	if (ioctl(machine->kvm, KVM_GET_SUPPORTED_CPUID, cpuid) < 0)
		ret = complain("KVM_GET_SUPPORTED_CPUID", errno);
	else if (ioctl(vcpu->fd, KVM_SET_CPUID2, cpuid) < 0)
		ret = complain("KVM_SET_CPUID2", errno);
	free(cpuid);
	return ret;
}

static int set_begin(const struct vcpu *vcpu)
{
	struct kvm_regs regs = {
		.rip = LAYOUT_PROGRAM,
		.rflags = 2,
		.rdi = vcpu->mailbox_address,
	};

	if (ioctl(vcpu->fd, KVM_SET_REGS, &regs) < 0)
		return complain("KVM_SET_REGS", errno);
	return 0;
}

int long_mode_enter(const struct machine *machine, const struct vcpu *vcpu)
{
	struct kvm_segment code = {
		.limit = 0xffffffff,
		.selector = 0x8,
		.type = 11,
		.present = 1,
		.s = 1,
		.l = 1,
		.g = 1,
	};
	struct kvm_segment data = {
		.limit = 0xffffffff,
		.selector = 0x10,
		.type = 3,
		.present = 1,
		.s = 1,
		.db = 1,
		.g = 1,
	};
	struct kvm_sregs sregs;

	if (set_cpuid(machine, vcpu) < 0)
		return -1;
	if (ioctl(vcpu->fd, KVM_GET_SREGS, &sregs) < 0)
		return complain("KVM_GET_SREGS", errno);
	sregs.cr3 = LAYOUT_PML4;
	sregs.cr4 = CR4_PAE;
	sregs.cr0 |= CR0_PE | CR0_PG;
	sregs.efer = EFER_LME | EFER_LMA;
	sregs.cs = code;
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
	if (ioctl(vcpu->fd, KVM_SET_SREGS, &sregs) < 0)
		return complain("KVM_SET_SREGS", errno);
	return set_begin(vcpu);
}

int long_mode_again(const struct vcpu *vcpu)
{
	int ret;

	/* An exit that was not ended by another run would be ended in the registers set here. */
	vcpu->run->immediate_exit = 1;
	ret = ioctl(vcpu->fd, KVM_RUN, 0);
	vcpu->run->immediate_exit = 0;
	if (ret < 0 && errno != EINTR)
		return complain("KVM_RUN", errno);
	return set_begin(vcpu);
}
