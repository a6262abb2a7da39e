/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a virtual machine of KVM on x86-64 with one vCPU in long mode and no devices but ports.
 * Must never: wait for an exit that it does not know: it says which one and ends.
 */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "layout.h"
#include "util.h"

/* Three pages that Intel's KVM wants below 4 GiB, and one more: above LAYOUT_MAX_GIB. */
#define TSS_ADDRESS          0xfffbd000
#define IDENTITY_MAP_ADDRESS 0xfffbc000

#define CR0_PE   (UINT64_C(1) << 0)
#define CR0_PG   (UINT64_C(1) << 31)
#define CR4_PAE  (UINT64_C(1) << 5)
#define EFER_LME (UINT64_C(1) << 8)
#define EFER_LMA (UINT64_C(1) << 10)

#define PTE_PRESENT  (UINT64_C(1) << 0)
#define PTE_WRITABLE (UINT64_C(1) << 1)
#define PTE_HUGE     (UINT64_C(1) << 7)

#define GIB (UINT64_C(1) << 30)

struct kvm_guest {
	int kvm;
	int vm;
	int vcpu;
	struct kvm_run *run;
	size_t run_size;
};

/* What a snapshot keeps of the vCPU. The program uses neither FPU nor MSRs beyond EFER. */
struct cpu_state {
	struct kvm_regs regs;
	struct kvm_sregs sregs;
};
_Static_assert(sizeof(struct cpu_state) <= sizeof(((struct guest_cpu *)0)->bytes), "room for it");

/* guest.S, count.S */
extern const unsigned char guest_program_begin[] __attribute__((visibility("hidden")));
extern const unsigned char guest_program_end[] __attribute__((visibility("hidden")));
extern const unsigned char count_program_begin[] __attribute__((visibility("hidden")));
extern const unsigned char count_program_end[] __attribute__((visibility("hidden")));

const char *kvm_refusal(void)
{
	static char why[64];
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
		return NULL;
	}
	if (errno == ENOENT)
		return "no /dev/kvm";
	snprintf(why, sizeof(why), "no /dev/kvm (%s)", strerror(errno));
	return why;
}

static void kvm_guest_close(struct guest *guest)
{
	struct kvm_guest *k = guest->impl;

	if (k->run)
		munmap(k->run, k->run_size);
	if (k->vcpu >= 0)
		close(k->vcpu);
	if (k->vm >= 0)
		close(k->vm);
	if (k->kvm >= 0)
		close(k->kvm);
	free(k);
	guest->impl = NULL;
}

/* Without a CPUID of its own the vCPU would have no long mode. */
static int set_cpuid(struct kvm_guest *k)
{
	enum { ENTRIES = 256 };
	struct kvm_cpuid2 *cpuid;
	int ret = 0;

	cpuid = calloc(1, sizeof(*cpuid) + ENTRIES * sizeof(cpuid->entries[0]));
	if (!cpuid)
		return complain_error("CPUID", ENOMEM);
	cpuid->nent = ENTRIES;
	if (ioctl(k->kvm, KVM_GET_SUPPORTED_CPUID, cpuid) < 0)
		ret = complain_error("KVM_GET_SUPPORTED_CPUID", errno);
	else if (ioctl(k->vcpu, KVM_SET_CPUID2, cpuid) < 0)
		ret = complain_error("KVM_SET_CPUID2", errno);
	free(cpuid);
	return ret;
}

static int make_vm(struct guest *guest, struct kvm_guest *k)
{
	struct kvm_userspace_memory_region slot = {
		.slot = 0,
		.guest_phys_addr = 0,
		.memory_size = guest->size,
		.userspace_addr = (uintptr_t)guest->memory,
	};
	uint64_t identity_map = IDENTITY_MAP_ADDRESS;
	int version;

	k->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (k->kvm < 0)
		return complain_error("/dev/kvm", errno);
	version = ioctl(k->kvm, KVM_GET_API_VERSION, 0);
	if (version != KVM_API_VERSION)
		return complain_format("/dev/kvm", "version %d, not %d", version, KVM_API_VERSION);
	k->vm = ioctl(k->kvm, KVM_CREATE_VM, 0);
	if (k->vm < 0)
		return complain_error("KVM_CREATE_VM", errno);
	if (ioctl(k->vm, KVM_SET_IDENTITY_MAP_ADDR, &identity_map) < 0)
		return complain_error("KVM_SET_IDENTITY_MAP_ADDR", errno);
	if (ioctl(k->vm, KVM_SET_TSS_ADDR, (unsigned long)TSS_ADDRESS) < 0)
		return complain_error("KVM_SET_TSS_ADDR", errno);
	/* This line makes the guest's memory out of a mapping, whoever fills that mapping. */
	if (ioctl(k->vm, KVM_SET_USER_MEMORY_REGION, &slot) < 0)
		return complain_error("KVM_SET_USER_MEMORY_REGION", errno);
	return 0;
}

static int make_vcpu(struct kvm_guest *k)
{
	int size;
	void *run;

	k->vcpu = ioctl(k->vm, KVM_CREATE_VCPU, 0);
	if (k->vcpu < 0)
		return complain_error("KVM_CREATE_VCPU", errno);
	size = ioctl(k->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (size < 0)
		return complain_error("KVM_GET_VCPU_MMAP_SIZE", errno);
	run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, k->vcpu, 0);
	if (run == MAP_FAILED)
		return complain_error("mmap of the vCPU", errno);
	k->run = run;
	k->run_size = (size_t)size;
	return set_cpuid(k);
}

static int kvm_guest_open(struct guest *guest)
{
	struct kvm_guest *k;

	if (guest->size > LAYOUT_MAX_GIB * GIB)
		return complain_format("memory", "more than %d GiB", LAYOUT_MAX_GIB);
	k = calloc(1, sizeof(*k));
	if (!k)
		return complain_error("a virtual machine", ENOMEM);
	k->kvm = k->vm = k->vcpu = -1;
	guest->impl = k;
	if (make_vm(guest, k) < 0 || make_vcpu(k) < 0) {
		kvm_guest_close(guest);
		return -1;
	}
	return 0;
}

static uint64_t *guest_words(struct guest *guest, uint64_t address)
{
	return (uint64_t *)((char *)guest->memory + address);
}

static void write_page_tables(struct guest *guest)
{
	const uint64_t flags = PTE_PRESENT | PTE_WRITABLE;

	guest_words(guest, LAYOUT_PML4)[0] = LAYOUT_PDPT | flags;
	for (uint64_t gib = 0; gib < LAYOUT_MAX_GIB; gib++) {
		uint64_t at = LAYOUT_PAGE_DIRS + gib * 4096;

		guest_words(guest, LAYOUT_PDPT)[gib] = at | flags;
		for (uint64_t i = 0; i < 512; i++)
			guest_words(guest, at)[i] = gib * GIB | i << 21 | flags | PTE_HUGE;
	}
}

static int long_mode(struct kvm_guest *k)
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
	struct kvm_regs regs = {.rip = LAYOUT_PROGRAM, .rflags = 2};
	struct kvm_sregs sregs;

	if (ioctl(k->vcpu, KVM_GET_SREGS, &sregs) < 0)
		return complain_error("KVM_GET_SREGS", errno);
	sregs.cr3 = LAYOUT_PML4;
	sregs.cr4 = CR4_PAE;
	sregs.cr0 |= CR0_PE | CR0_PG;
	sregs.efer = EFER_LME | EFER_LMA;
	sregs.cs = code;
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
	if (ioctl(k->vcpu, KVM_SET_SREGS, &sregs) < 0)
		return complain_error("KVM_SET_SREGS", errno);
	if (ioctl(k->vcpu, KVM_SET_REGS, &regs) < 0)
		return complain_error("KVM_SET_REGS", errno);
	return 0;
}

static int kvm_guest_begin(struct guest *guest)
{
	bool counts = guest->pattern.program == PROGRAM_COUNT;
	const unsigned char *program = counts ? count_program_begin : guest_program_begin;
	size_t size = (size_t)((counts ? count_program_end : guest_program_end) - program);
	uint64_t pages = guest->size >> PATTERN_PAGE_SHIFT;

	if (size > LAYOUT_PROGRAM_SIZE)
		return complain("the guest's program", "too large");
	write_page_tables(guest);
	memcpy(guest_words(guest, LAYOUT_PROGRAM), program, size);
	*guest_words(guest, LAYOUT_PARAMETERS + PARAMETER_SEED) = guest->pattern.seed;
	*guest_words(guest, LAYOUT_PARAMETERS + PARAMETER_PAGES) = pages;
	*guest_words(guest, LAYOUT_PARAMETERS + PARAMETER_MASK) = pattern_mask(pages);
	return long_mode(guest->impl);
}

static int kvm_guest_get_cpu(struct guest *guest, struct guest_cpu *cpu)
{
	struct kvm_guest *k = guest->impl;
	struct cpu_state state;

	memset(cpu, 0, sizeof(*cpu));
	if (ioctl(k->vcpu, KVM_GET_REGS, &state.regs) < 0)
		return complain_error("KVM_GET_REGS", errno);
	if (ioctl(k->vcpu, KVM_GET_SREGS, &state.sregs) < 0)
		return complain_error("KVM_GET_SREGS", errno);
	snprintf(cpu->kind, sizeof(cpu->kind), "%s", guest->ops->name);
	cpu->size = sizeof(state);
	memcpy(cpu->bytes, &state, sizeof(state));
	return 0;
}

static int kvm_guest_set_cpu(struct guest *guest, const struct guest_cpu *cpu, unsigned int task)
{
	struct kvm_guest *k = guest->impl;
	struct cpu_state state;

	if (strcmp(cpu->kind, guest->ops->name) || cpu->size != sizeof(state))
		return complain("the snapshot", "its registers are not of an x86-64 KVM guest");
	memcpy(&state, cpu->bytes, sizeof(state));
	state.regs.rdx = task;
	if (ioctl(k->vcpu, KVM_SET_SREGS, &state.sregs) < 0)
		return complain_error("KVM_SET_SREGS", errno);
	if (ioctl(k->vcpu, KVM_SET_REGS, &state.regs) < 0)
		return complain_error("KVM_SET_REGS", errno);
	return 0;
}

static const char *exit_name(uint32_t reason)
{
	static const char *const names[] = {
		[KVM_EXIT_UNKNOWN] = "UNKNOWN",
		[KVM_EXIT_EXCEPTION] = "EXCEPTION",
		[KVM_EXIT_IO] = "IO",
		[KVM_EXIT_HYPERCALL] = "HYPERCALL",
		[KVM_EXIT_DEBUG] = "DEBUG",
		[KVM_EXIT_HLT] = "HLT",
		[KVM_EXIT_MMIO] = "MMIO",
		[KVM_EXIT_SHUTDOWN] = "SHUTDOWN",
		[KVM_EXIT_FAIL_ENTRY] = "FAIL_ENTRY",
		[KVM_EXIT_INTERNAL_ERROR] = "INTERNAL_ERROR",
		[KVM_EXIT_SYSTEM_EVENT] = "SYSTEM_EVENT",
	};
	const size_t count = sizeof(names) / sizeof(names[0]);

	return reason < count && names[reason] ? names[reason] : "?";
}

/* What went wrong, and where the guest was. */
static void run_failed(struct guest *guest, int error)
{
	struct kvm_guest *k = guest->impl;
	uint32_t reason = k->run->exit_reason;
	struct kvm_regs regs = {0};
	uint64_t rip;

	guest->state = GUEST_FAILED;
	if (ioctl(k->vcpu, KVM_GET_REGS, &regs) < 0)
		complain_error("KVM_GET_REGS", errno);
	rip = regs.rip;
	if (error)
		complain_format("KVM_RUN", "%s, at rip 0x%" PRIx64, strerror(error), rip);
	else if (reason == KVM_EXIT_MMIO && k->run->mmio.phys_addr < guest->size)
		/* What KVM makes of SIGBUS, where it does not fail with EFAULT or EHWPOISON. */
		complain_format("the guest",
				"the page at 0x%" PRIx64 " could not be brought, rip 0x%" PRIx64,
				(uint64_t)k->run->mmio.phys_addr, rip);
	else
		complain_format("the vCPU", "unexpected exit %u (%s) at rip 0x%" PRIx64, reason,
				exit_name(reason), rip);
}

static bool handle_out(struct guest *guest, const struct kvm_run *run)
{
	uint32_t value;

	if (run->io.direction != KVM_EXIT_IO_OUT || run->io.size != sizeof(value) ||
	    run->io.count != 1)
		return false;
	memcpy(&value, (const char *)run + run->io.data_offset, sizeof(value));
	return guest_out(guest, run->io.port, value);
}

static void kvm_guest_run(struct guest *guest)
{
	struct kvm_guest *k = guest->impl;

	k->run->immediate_exit = 0;
	while (guest->state == GUEST_RUNNING) {
		bool stop = guest->stop;

		/* KVM_RUN ends what the last exit has left to do, and only then registers are whole. */
		if (stop)
			k->run->immediate_exit = 1;
		if (ioctl(k->vcpu, KVM_RUN, 0) < 0) {
			if (errno != EINTR && errno != EAGAIN)
				run_failed(guest, errno);
			else if (stop)
				guest->state = GUEST_STOPPED;
		} else if (k->run->exit_reason == KVM_EXIT_HLT) {
			/* RIP is behind the HLT and nothing is pending: registers can be taken. */
			guest->state = GUEST_PAUSED;
		} else if (k->run->exit_reason == KVM_EXIT_INTR) {
			continue;
		} else if (k->run->exit_reason != KVM_EXIT_IO || !handle_out(guest, k->run)) {
			run_failed(guest, 0);
		}
	}
}

static void kvm_guest_kick(struct guest *guest)
{
	struct kvm_guest *k = guest->impl;

	/* The flag is for a vCPU that has not entered yet, the signal for one that has. */
	__atomic_store_n(&k->run->immediate_exit, 1, __ATOMIC_SEQ_CST);
	pthread_kill(guest->thread, SIGUSR1);
}

const struct guest_ops kvm_guest_ops = {
	.name = "kvm-x86_64",
	.open = kvm_guest_open,
	.begin = kvm_guest_begin,
	.get_cpu = kvm_guest_get_cpu,
	.set_cpu = kvm_guest_set_cpu,
	.run = kvm_guest_run,
	.kick = kvm_guest_kick,
	.close = kvm_guest_close,
};
