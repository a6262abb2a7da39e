/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the library's context and loop as the benches use them.
 * Must never: hide an error of the library other than "this machine cannot do that".
 */
#include "library.h"

#include <errno.h>
#include <string.h>

#include "util.h"

int library_open(struct uffd_ctx **ctx)
{
	struct uffd_ctx_opts opts = {
		.size = sizeof(opts),
		.flags = LIBUFFD_CTX_USER_MODE_ONLY,
	};
	int error = uffd_ctx_open(ctx, NULL);

	return error == -EPERM ? uffd_ctx_open(ctx, &opts) : error;
}

static void *run(void *arg)
{
	struct uffd_loop *loop = arg;
	int error = uffd_loop_run(loop);

	if (error)
		fatal("uffd_loop_run: %s", strerror(-error));
	return NULL;
}

int loop_thread_start(struct loop_thread *t, struct uffd_ctx *ctx, int cpu, uint32_t poller,
		      int64_t spin_ns)
{
	struct uffd_loop_opts opts = {
		.size = sizeof(opts),
		.poller = poller,
		.spin_ns = spin_ns,
	};
	int error = uffd_loop_open(&t->loop, ctx, &opts);

	if (error)
		return error;
	t->thread = start_thread(cpu, run, t->loop);
	return 0;
}

void loop_thread_stop(struct loop_thread *t)
{
	int error = uffd_loop_stop(t->loop);

	if (error)
		fatal("uffd_loop_stop: %s", strerror(-error));
	join_thread(t->thread);
	error = uffd_loop_close(t->loop);
	if (error)
		fatal("uffd_loop_close: %s", strerror(-error));
}
