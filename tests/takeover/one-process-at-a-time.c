/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * While a process has a state file another is told -EBUSY; killed, it has given the file up, though
 * others hold the same descriptor.
 */
#include "server.h"

#include <sys/wait.h>

static struct vmm v;
static int ready[2];

static void holds(const struct vmm *vmm, int state)
{
	struct uffd_ctx *ctx;

	if (state_try(&ctx, vmm, state) == 0 && write(ready[1], "", 1) == 1)
		for (;;)
			pause();
}

static void one_process_at_a_time(void)
{
	int state = state_make();
	struct server s;
	pid_t pid;
	char c;

	ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
	vmm_make(&v, LIBUFFD_BACKING_ANON, 4, UFFD_FEATURE_EVENT_REMOVE, NULL);
	pid = server_fork(&v, state, holds);
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	ck_assert_int_eq(state_try(&s.ctx, &v, state), -EBUSY);
	kill(pid, SIGKILL);
	server_died(pid);
	server_start(&s, &v, state);
	ck_assert_int_eq(vmm_reads(&v, 1, 0), SAW_CONTENT);
	server_release(&s, &v);
	/* Given up by who lives, too. */
	pid = server_fork(&v, state, holds);
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	kill(pid, SIGKILL);
	server_died(pid);
	vmm_end(&v);
	close(state);
	close(ready[0]);
	close(ready[1]);
}

TEST_MAIN(one_process_at_a_time)
