/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: what a virtual machine is made of. Must never: be seen outside of vcpu.c and long_mode.c. */
#ifndef SERVE_VMM_VCPU_H
#define SERVE_VMM_VCPU_H

#include <linux/kvm.h>
#include <stddef.h>
#include <stdint.h>

#include "options.h"

struct vcpu {
	int fd;
	struct kvm_run *run;
	uint64_t mailbox_address; /* in the guest */
	uint64_t *mailbox;
};

struct machine {
	int kvm;
	int vm;
	char *own; /* the memory below LAYOUT_MEMORY */
	size_t run_size;
	unsigned int count; /* vCPUs made */
	struct vcpu vcpus[PLAYERS_MAX];
};

#endif
