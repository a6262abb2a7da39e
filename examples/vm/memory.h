/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a new VM's memory, and who brings it: what a program of your own needs of libuffd to run
 * before its memory has come.
 * Must never: know who runs on it.
 */
#ifndef EXAMPLES_VM_MEMORY_H
#define EXAMPLES_VM_MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>

#include <uffd.h>

#include "layers.h"
#include "options.h"

/*
 * A userfaultfd and a context around it; *user_mode_only: the process may have no other, and KVM
 * cannot run on its memory. 0, or -1 and it has said why.
 */
int memory_open_context(struct uffd_ctx **ctx, uint64_t features, bool *user_mode_only);

struct memory {
	int fd;
	void *at;
	uint64_t size;
	struct uffd_ctx *ctx;
	struct uffd_region *region;
	struct uffd_loop *loop;
	bool user_mode_only;
	bool direct; /* read past the page cache */
};

/* Before memory_attach(): memory_free() has nothing to do. */
#define MEMORY_NONE ((struct memory){.fd = -1, .at = MAP_FAILED})

/*
 * Empty memory whose pages libuffd brings from the layers when they are touched. 0, or -1 and it
 * has said why; memory_free() is to be called in either case.
 */
int memory_attach(struct memory *m, const struct layers *layers, const struct options *options);
/* Nobody will touch the memory again: what has not come by now need not come. */
void memory_stop_serving(struct memory *m);
void memory_free(struct memory *m);

#endif
