/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: making a context of what a VMM has handed over, or another server has left.
 * Must never: believe a handshake where the kernel can be asked; or fail and keep the descriptor.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <uffd/raw.h>
#include <uffd/region.h>

#include "serve/clock.h"
#include "serve/vm.h"

/* Events that a context whose state another process goes on with cannot have. */
#define OTHER_EVENTS (UFFD_FEATURE_EVENT_FORK | UFFD_FEATURE_EVENT_REMAP | UFFD_FEATURE_EVENT_UNMAP)

#define MIB            (UINT64_C(1) << 20)
#define BUFFERS_OF_ALL (1024 * MIB)
#define BUFFERS_MOST   (32 * MIB)
#define BUFFERS_LEAST  MIB /* the library's */

#define LAST_NS (10 * SECOND_NS)

static int fail(struct vm *vm, enum refusal refusal, const char *words, int error)
{
	vm->refusal = error == -EMFILE || error == -ENFILE || error == -ENOMEM || error == -ENOSPC
			      ? REFUSED_RESOURCES
			      : refusal;
	vm->words = words;
	return error;
}

/*
 * What its handshake with the kernel asked for: the line "API: aa:FEATURES:IOCTLS" of its fdinfo.
 * Where that cannot be read it may have asked for REMOVE.
 */
static uint64_t asked_features(int uffd)
{
	char path[64], line[128];
	unsigned long long features = UFFD_FEATURE_EVENT_REMOVE;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", uffd);
	file = fopen(path, "re");
	if (!file)
		return features;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "API: %*x:%llx:", &features) == 1)
			break;
	fclose(file);
	return features;
}

/*
 * Whether a page belongs to this userfaultfd, by a copy to it from memory that cannot be read: it
 * is looked up, and nothing is copied.
 */
static int ask_page(int uffd, uint64_t address, uint64_t page_size, const void *unreadable)
{
	int64_t ret = uffd_raw_copy(uffd, address, unreadable, page_size, 0);

	return ret == -ENOENT || ret == -ESRCH || ret == -EINVAL ? (int)ret : 0;
}

/*
 * A copy may also be of several pages: it is one if nothing can be registered from its middle on.
 * Where that can be, it is so already, and nothing changes. That has an answer also while the VM
 * throws memory away and nobody has read of it, when a copy has none. What is believed here is read
 * at once for every fault.
 */
static int ask_middle(int uffd, const struct uffd_peer_region *region)
{
	uint64_t half = region->page_size / 2;
	int ret = uffd_raw_register(uffd, region->address + half, half,
				    UFFDIO_REGISTER_MODE_MISSING, NULL);

	if (ret == -EINVAL)
		return 0;
	return ret == 0 ? -EINVAL : ret;
}

static int ask_region(int uffd, const struct uffd_peer_region *region)
{
	void *unreadable = mmap(NULL, (size_t)region->page_size, PROT_NONE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int ret;

	if (unreadable == MAP_FAILED)
		return -errno;
	ret = ask_page(uffd, region->address, region->page_size, unreadable);
	if (ret == 0)
		ret = ask_page(uffd, region->address + region->length - region->page_size,
			       region->page_size, unreadable);
	munmap(unreadable, (size_t)region->page_size);
	return ret;
}

static int ask_memory(struct vm *vm)
{
	for (uint32_t i = 0; i < vm->region_count; i++) {
		const struct uffd_peer_region *region = &vm->table[i];
		int ret = ask_region(vm->uffd, region);

		/* Only where all of it has just been found there: it changes nothing then. */
		if (ret == 0 && !vm->taken_over &&
		    region->page_size > (uint64_t)sysconf(_SC_PAGESIZE))
			ret = ask_middle(vm->uffd, region);
		if (ret == -ESRCH)
			return fail(vm, REFUSED_MEMORY, "the memory is gone", ret);
		/* What was there when it began may have been unmapped since. */
		if (vm->taken_over)
			continue;
		if (ret == -ENOENT)
			return fail(vm, REFUSED_MEMORY,
				    "a region is not registered with the descriptor", ret);
		if (ret == -EINVAL)
			return fail(vm, REFUSED_MEMORY, "a region has other pages", ret);
		if (ret < 0)
			return fail(vm, REFUSED_MEMORY, "the memory cannot be asked for", ret);
	}
	return 0;
}

static void log_line(int level, const char *line, void *user)
{
	struct vm *vm = user;

	log_write(&vm->server->log, level, vm->id, line);
}

/* What is being read is in buffers, which stay resident: all VMs that may come share a bound. */
static uint64_t buffers_of_each(const struct server *s)
{
	uint64_t each = BUFFERS_OF_ALL / s->most_vms;

	each = each < BUFFERS_MOST ? each : BUFFERS_MOST;
	return each > BUFFERS_LEAST ? each : BUFFERS_LEAST;
}

/* The server before may be about to end, and has the state as long: for a moment more. */
static bool waits_for_the_last(const struct vm *vm)
{
	if (!vm->taken_over || atomic_load(&vm->order) >= VM_STOP ||
	    now_ns() - vm->begun_ns > LAST_NS)
		return false;
	pause_ns(MS_NS);
	return true;
}

static int adopt(struct vm *vm)
{
	struct uffd_ctx_opts opts = {
		.size = sizeof(opts),
		.flags = LIBUFFD_CTX_STATE,
		.log = log_line,
		.log_user = vm,
		.state_fd = vm->state,
		.buffer_bytes = buffers_of_each(vm->server),
	};
	uint64_t asked = asked_features(vm->uffd);
	int ret;

	if (asked & OTHER_EVENTS)
		return fail(vm, REFUSED_DESCRIPTOR,
			    "the descriptor has events of forks or of mappings that move",
			    -EOPNOTSUPP);
	do
		ret = uffd_ctx_adopt(&vm->ctx, vm->uffd,
				     (asked & UFFD_FEATURE_EVENT_REMOVE) | vm->server->features,
				     &opts);
	while (ret == -EBUSY && waits_for_the_last(vm));
	if (ret < 0)
		return fail(vm, REFUSED_DESCRIPTOR, "the descriptor cannot be served", ret);
	vm->uffd = -1;
	return 0;
}

/* Quick, without a lock or memory: the thread that serves the VM is here. */
static void lost(struct uffd_region *region, uint64_t offset, uint64_t length, int error,
		 void *user)
{
	struct vm *vm = user;

	(void)region;
	(void)offset;
	(void)error; /* the log has both */
	atomic_fetch_add(&vm->bytes_lost, length);
	server_ring(vm->server);
}

static int add_region(struct vm *vm, uint32_t i)
{
	const struct options *o = vm->server->options;
	const struct uffd_peer_region *region = &vm->table[i];
	struct uffd_region_opts opts = {
		.size = sizeof(opts),
		.flags = LIBUFFD_REGION_FOREIGN | LIBUFFD_REGION_REGISTERED,
		.backing = region->page_size == (uint64_t)sysconf(_SC_PAGESIZE)
				   ? LIBUFFD_BACKING_ANON
				   : LIBUFFD_BACKING_HUGETLB_PRIVATE,
		.page_size = region->page_size,
		.on_error = o->on_error == ON_ERROR_POISON ? LIBUFFD_ON_ERROR_POISON
							   : LIBUFFD_ON_ERROR_HOLD,
		.source = vm->server->content.source,
		.source_offset = region->offset,
		.max_retries = o->retries,
		.user = vm,
		.lost = lost,
	};

	return uffd_region_add(&vm->regions[i], vm->ctx, (void *)(uintptr_t)region->address,
			       (size_t)region->length, LIBUFFD_MISSING, &opts);
}

static int add_regions(struct vm *vm)
{
	vm->regions = calloc(vm->region_count, sizeof(struct uffd_region *));
	if (!vm->regions)
		return fail(vm, REFUSED_RESOURCES, "no memory", -ENOMEM);
	for (uint32_t i = 0; i < vm->region_count; i++) {
		int ret = add_region(vm, i);

		if (ret < 0)
			return fail(vm, REFUSED_MEMORY, "a region cannot be served", ret);
	}
	return 0;
}

int vm_attach(struct vm *vm)
{
	int ret = ask_memory(vm);

	if (ret == 0)
		ret = adopt(vm);
	if (ret < 0)
		return ret;
	ret = add_regions(vm);
	if (ret < 0) {
		vm_release(vm);
		return ret;
	}
	ahead_begin(vm);
	return 0;
}
