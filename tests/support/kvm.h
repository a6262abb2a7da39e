/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A virtual machine as small as can be: guest memory of a file, one CPU in real mode; and
 * guest_memfd, which needs a virtual machine only to be created.
 */
#ifndef KVM_H
#define KVM_H

#include "test.h"

#include <linux/kvm.h>

#ifndef KVM_CAP_GUEST_MEMFD_FLAGS
#define KVM_CAP_GUEST_MEMFD_FLAGS 244
#endif
#ifndef GUEST_MEMFD_FLAG_MMAP
#define GUEST_MEMFD_FLAG_MMAP (1ULL << 0)
#endif
#ifndef GUEST_MEMFD_FLAG_INIT_SHARED
#define GUEST_MEMFD_FLAG_INIT_SHARED (1ULL << 1)
#endif

/* A virtual machine; skips where the process may not have one. */
int kvm_vm(void);

/* A guest_memfd that can be mapped, of pages pages, mapped shared; skips where there is none. */
void kvm_guest_memfd_make(struct test_memory *m, size_t pages);

/* The guest's memory: the memory of m at guest physical address 0. code is put at page 1. */
struct guest {
	int vm;
	int cpu;
	struct kvm_run *run;
	size_t run_size;
};
/* The CPU starts in real mode at the first byte of page 1. */
void kvm_guest_make(struct guest *g, const struct test_memory *m);
void kvm_guest_free(struct guest *g);
/* KVM_RUN; returns the exit reason or a negative errno. */
int kvm_guest_run(struct guest *g);

/* mov al, [page 2]; mov [page 3], al; hlt */
#define KVM_GUEST_CODE "\xa0\x00\x20\xa2\x00\x30\xf4"

#endif
