/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the end of a VM's context, in its thread: closed where the memory is gone, released where
 * it is to be served on.
 * Must never: give up before the context has let go of the memory file and the buffers.
 */
#include <errno.h>
#include <stdlib.h>

#include "serve/clock.h"
#include "serve/vm.h"

#define AGAIN_NS (1 * MS_NS)
/* Reads that threads of the library's own have under way: when it is said, and asked for less. */
#define LONG_NS       (1 * SECOND_NS)
#define LONG_AGAIN_NS (100 * MS_NS)

/* From here on the server's thread has its last figures, and nothing to stop. */
static void take_away(struct vm *vm, struct uffd_ctx **ctx, struct uffd_loop **loop,
		      struct uffd_region ***regions)
{
	pthread_mutex_lock(&vm->lock);
	vm_measure(vm, &vm->last);
	*ctx = vm->ctx;
	*loop = vm->loop;
	*regions = vm->regions;
	vm->ctx = NULL;
	vm->loop = NULL;
	vm->regions = NULL;
	pthread_mutex_unlock(&vm->lock);
}

/* Nothing is served any more. What is left of it: its context, and *regions to be freed. */
static struct uffd_ctx *stop(struct vm *vm, struct uffd_region ***regions)
{
	struct uffd_loop *loop;
	struct uffd_ctx *ctx;

	ahead_end(vm);
	take_away(vm, &ctx, &loop, regions);
	if (loop)
		uffd_loop_close(loop);
	return ctx;
}

void vm_drop(struct vm *vm)
{
	struct uffd_region **regions;
	struct uffd_ctx *ctx = stop(vm, &regions);

	/* Each try waits a second itself for reads that are under way. */
	while (uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP) == -EBUSY)
		pause_ns(AGAIN_NS);
	free(regions);
}

/*
 * What is still being read may yet be put into the memory, which another server cannot know of: the
 * context has to be released, or its process gone.
 */
static void release(struct vm *vm, struct uffd_ctx *ctx)
{
	uint64_t told_at = now_ns() + LONG_NS, pause = AGAIN_NS;

	while (uffd_ctx_release(ctx, &vm->uffd) == -EBUSY) {
		if (pause == AGAIN_NS && now_ns() >= told_at) {
			vm_say(vm, LIBUFFD_LOG_WARNING, "its reads do not end");
			pause = LONG_AGAIN_NS;
		}
		pause_ns(pause);
	}
}

void vm_release(struct vm *vm)
{
	struct uffd_region **regions;

	release(vm, stop(vm, &regions));
	free(regions);
}
