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

/* Reads that threads of the library's own have under way are waited for as long. */
#define RELEASE_NS (1 * SECOND_NS)
#define AGAIN_NS   (1 * MS_NS)

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

void vm_drop(struct vm *vm)
{
	struct uffd_ctx *ctx;
	struct uffd_loop *loop;
	struct uffd_region **regions;

	ahead_end(vm);
	take_away(vm, &ctx, &loop, &regions);
	if (loop)
		uffd_loop_close(loop);
	/* Each try waits a second itself for reads that are under way. */
	while (uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP) == -EBUSY)
		pause_ns(AGAIN_NS);
	free(regions);
}

void vm_release(struct vm *vm)
{
	uint64_t until = now_ns() + RELEASE_NS;
	struct uffd_ctx *ctx;
	struct uffd_loop *loop;
	struct uffd_region **regions;
	int ret;

	ahead_end(vm);
	take_away(vm, &ctx, &loop, &regions);
	if (loop)
		uffd_loop_close(loop);
	while ((ret = uffd_ctx_release(ctx, &vm->uffd)) == -EBUSY && now_ns() < until)
		pause_ns(AGAIN_NS);
	if (ret < 0) /* its state says what was under way, as after a kill */
		vm_say(vm, LIBUFFD_LOG_WARNING, "left with reads under way");
	free(regions);
}
