/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a KVM guest on x86-64: guest memory in slots as Firecracker makes them, one for each
 * region, a small memory of its own, and vCPUs in long mode that do accesses. Must never: wait for
 * an exit that it does not know: it says which one and ends.
 */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "layout.h"
#include "long_mode.h"
#include "say.h"
#include "vcpu.h"

/* Three pages that Intel's KVM wants below 4 GiB, and one more: above LAYOUT_GIB. */
#define TSS_ADDRESS          0xfffbd000
#define IDENTITY_MAP_ADDRESS 0xfffbc000

static uint64_t guest_address(const struct memory *memory, uint64_t frame)
{
	return LAYOUT_MEMORY + (uint64_t)((const char *)memory_frame(memory, frame) - memory->at);
}

static int add_slot(const struct machine *machine, unsigned int slot, uint64_t address, void *at,
		    uint64_t length)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.guest_phys_addr = address,
		.memory_size = length,
		.userspace_addr = (uintptr_t)at,
	};

	if (ioctl(machine->vm, KVM_SET_USER_MEMORY_REGION, &region) < 0)
		return complain("KVM_SET_USER_MEMORY_REGION", errno);
	return 0;
}

static int make_slots(struct machine *machine, const struct memory *memory)
{
	int ret = add_slot(machine, 0, 0, machine->own, LAYOUT_OWN_SIZE);

	for (unsigned int i = 0; !ret && i < memory->count; i++) {
		const struct region *region = &memory->regions[i];
		uint64_t frame = region->offset >> FRAME_SHIFT;

		ret = add_slot(machine, i + 1, guest_address(memory, frame), region->at,
			       region->length);
	}
	return ret;
}

static int make_vm(struct machine *machine)
{
	uint64_t identity_map = IDENTITY_MAP_ADDRESS;

	machine->vm = ioctl(machine->kvm, KVM_CREATE_VM, 0);
	if (machine->vm < 0)
		return complain("KVM_CREATE_VM", errno);
	if (ioctl(machine->vm, KVM_SET_IDENTITY_MAP_ADDR, &identity_map) < 0)
		return complain("KVM_SET_IDENTITY_MAP_ADDR", errno);
	if (ioctl(machine->vm, KVM_SET_TSS_ADDR, (unsigned long)TSS_ADDRESS) < 0)
		return complain("KVM_SET_TSS_ADDR", errno);
	machine->own = mmap(NULL, LAYOUT_OWN_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (machine->own == MAP_FAILED)
		return complain("the machine's own memory", errno);
	long_mode_fill(machine->own);
	return 0;
}

static int make_vcpu(struct machine *machine, unsigned int number)
{
	struct vcpu *vcpu = &machine->vcpus[number];
	void *run;

	vcpu->fd = ioctl(machine->vm, KVM_CREATE_VCPU, number);
	if (vcpu->fd < 0)
		return complain("KVM_CREATE_VCPU", errno);
	machine->count = number + 1;
	run = mmap(NULL, machine->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	if (run == MAP_FAILED)
		return complain("mmap of a vCPU", errno);
	vcpu->run = run;
	vcpu->mailbox_address = LAYOUT_MAILBOXES + number * FRAME_SIZE;
	vcpu->mailbox = (uint64_t *)(machine->own + vcpu->mailbox_address);
	return long_mode_enter(machine, vcpu);
}

static void vcpu_close(struct guest *guest)
{
	struct machine *machine = guest->impl;

	for (unsigned int i = 0; i < machine->count; i++) {
		if (machine->vcpus[i].run)
			munmap(machine->vcpus[i].run, machine->run_size);
		close(machine->vcpus[i].fd);
	}
	if (machine->own != MAP_FAILED)
		munmap(machine->own, LAYOUT_OWN_SIZE);
	if (machine->vm >= 0)
		close(machine->vm);
	close(machine->kvm);
	free(machine);
}

static int vcpu_open(struct guest *guest, const struct memory *memory, unsigned int players)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), size;
	struct machine *machine;

	if (kvm < 0) {
		complain("/dev/kvm", errno);
		return EXIT_SKIP;
	}
	machine = calloc(1, sizeof(*machine));
	if (!machine) {
		close(kvm);
		return complain("a virtual machine", ENOMEM);
	}
	guest->memory = memory;
	guest->impl = machine;
	machine->kvm = kvm;
	machine->vm = -1;
	machine->own = MAP_FAILED;
	size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	machine->run_size = size > 0 ? (size_t)size : 0;
	if (make_vm(machine) < 0 || make_slots(machine, memory) < 0)
		goto failed;
	for (unsigned int i = 0; i < players; i++)
		if (make_vcpu(machine, i) < 0)
			goto failed;
	return 0;
failed:
	vcpu_close(guest);
	return -1;
}

/* The page will never come: KVM_RUN says so, or reads and writes nobody's memory in its place. */
static bool is_lost(const struct vcpu *vcpu, int ret, int error)
{
	if (ret < 0)
		return error == EFAULT || error == EHWPOISON;
	return vcpu->run->exit_reason == KVM_EXIT_MMIO &&
	       vcpu->run->mmio.phys_addr >= LAYOUT_MEMORY;
}

/* Runs it until the access is done; false: its page is lost. */
static bool run_access(const struct vcpu *vcpu)
{
	int ret, error;

	do {
		ret = ioctl(vcpu->fd, KVM_RUN, 0);
		error = errno;
	} while (ret < 0 && (error == EINTR || error == EAGAIN));
	if (ret == 0 && vcpu->run->exit_reason == KVM_EXIT_IO && vcpu->run->io.port == PORT_DONE)
		return true;
	if (!is_lost(vcpu, ret, error))
		end_saying(EXIT_WRONG, "the vCPU ended: %s, exit %" PRIu32,
			   ret < 0 ? strerror(error) : "no error", vcpu->run->exit_reason);
	return false;
}

static void vcpu_access(struct guest *guest, unsigned int player, const struct access *access,
			struct finding *finding)
{
	struct machine *machine = guest->impl;
	const struct vcpu *vcpu = &machine->vcpus[player];
	volatile uint64_t *mailbox = vcpu->mailbox;

	mailbox[MAILBOX_ADDRESS / 8] = guest_address(guest->memory, access->frame);
	mailbox[MAILBOX_WRITE / 8] = access->write;
	mailbox[MAILBOX_REST / 8] = access->expected.rest;
	mailbox[MAILBOX_OWN / 8] = access->expected.own;
	mailbox[MAILBOX_WRONG / 8] = 0;
	mailbox[MAILBOX_ZEROS / 8] = 0;
	if (!run_access(vcpu)) {
		finding->lost = true;
		if (long_mode_again(vcpu) < 0)
			end_saying(EXIT_WRONG, "the vCPU could not go on");
		return;
	}
	finding->wrong = mailbox[MAILBOX_WRONG / 8];
	finding->zeros = mailbox[MAILBOX_ZEROS / 8];
	finding->index = mailbox[MAILBOX_INDEX / 8];
	finding->word = mailbox[MAILBOX_WORD / 8];
}

const struct guest_ops vcpu_ops = {
	.open = vcpu_open,
	.access = vcpu_access,
	.close = vcpu_close,
};
