/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See admission.h. */
#include "serve/admission.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HUGE_PAGE (UINT64_C(2) << 20)

static bool refuse(struct admission *a, enum refusal why, const char *words)
{
	a->why = why;
	snprintf(a->words, sizeof(a->words), "%s", words);
	return false;
}

/* 1: two descriptors of one userfaultfd; 0: not; -errno: the kernel does not say. */
static int same_file(int one, int other)
{
	pid_t self = getpid();
	long order = syscall(SYS_kcmp, self, self, KCMP_FILE, one, other);

	/* The VM has closed its own meanwhile. */
	if (order < 0 && errno == EBADF)
		return 0;
	return order < 0 ? -errno : order == 0;
}

static bool overlap(const struct vm *vm, const struct uffd_peer_region *region)
{
	for (uint32_t i = 0; i < vm->region_count; i++)
		if (region->address < vm->table[i].address + vm->table[i].length &&
		    vm->table[i].address < region->address + region->length)
			return true;
	return false;
}

/*
 * Without kcmp(2), which a seccomp filter may refuse: the kernel registers no page with two
 * userfaultfds. A process that this PID namespace has no number for cannot be compared.
 */
static bool same_memory(const struct vm *vm, const struct vm_handshake *h)
{
	if (!h->pid || vm->pid != h->pid || vm->has_ended || atomic_load(&vm->phase) == VM_GONE)
		return false;
	for (uint32_t i = 0; i < h->region_count; i++)
		if (overlap(vm, &h->regions[i]))
			return true;
	return false;
}

static bool is_of(const struct vm *vm, const struct vm_handshake *h)
{
	int same;

	/* The VM has closed its own, and the number was free. */
	if (vm->number == h->uffd)
		return false;
	same = same_file(vm->number, h->uffd);
	return same < 0 ? same_memory(vm, h) : same;
}

/*
 * Two contexts would each read some of one descriptor's messages: what one learns that the guest
 * has thrown away the other would fill with the snapshot's content.
 */
static bool is_served(const struct server *s, const struct vm_handshake *h)
{
	for (const struct vm *vm = s->vms; vm; vm = vm->next)
		if (is_of(vm, h))
			return true;
	return false;
}

/*
 * A snapshot has every byte of a guest once. Without that a table could say so often that the same
 * bytes are mapped that the states of its pages are more than the server's memory. The sum does not
 * wrap: the regions are apart from each other in one address space.
 */
static bool check_table(const struct server *s, const struct vm_handshake *h, struct admission *a)
{
	uint64_t least = s->options->hugepages ? HUGE_PAGE : (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t sum = 0;

	for (uint32_t i = 0; i < h->region_count; i++) {
		if (h->regions[i].page_size < least)
			return refuse(a, REFUSED_REGIONS,
				      s->options->hugepages
					      ? "memory of small pages (--hugepages)"
					      : "pages that are smaller than those here");
		sum += h->regions[i].length;
	}
	if (sum <= s->content.length)
		return true;
	a->why = REFUSED_REGIONS;
	snprintf(a->words, sizeof(a->words),
		 "regions of %" PRIu64 " bytes, and the content has %" PRIu64, sum,
		 s->content.length);
	return false;
}

bool admission_ask(const struct server *s, const struct vm_handshake *h, struct admission *a)
{
	/* First: whatever else is wrong with it, nothing is wrong with the VM that is served. */
	a->served = is_served(s, h);
	if (a->served)
		return refuse(a, REFUSED_DESCRIPTOR, "it is served already");
	if (s->vm_count >= s->most_vms)
		return refuse(a, REFUSED_RESOURCES, "too many VMs (--max-vms)");
	if (h->pidfd < 0)
		return refuse(a, REFUSED_MEMORY, "its process has ended");
	return check_table(s, h, a);
}
