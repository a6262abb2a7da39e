/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * In a forked child a receiver says -ECHILD and reads nothing; what the child closes, the parent
 * still has.
 */
#include "firecracker.h"

#include <sys/wait.h>

/* ck_assert is for the parent: how many things were not as they should be. */
static int child(struct uffd_fc_receiver *receiver, int wanted_take)
{
	int wrong = uffd_fc_receive(receiver) != -ECHILD;

	wrong += uffd_fc_take_fd(receiver) != wanted_take;
	uffd_fc_receiver_close(receiver);
	return wrong;
}

static void expect_child(struct uffd_fc_receiver *receiver, int wanted_take)
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(child(receiver, wanted_take));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

static void forked_child_is_refused(void)
{
	struct line l = line_make();
	int uffd = vmm_uffd(), got;

	EXPECT(uffd_fc_send(l.vmm, uffd, wire_regions, 2, LIBUFFD_FC_1_12), 0);
	expect_child(l.receiver, -EINVAL);
	EXPECT(uffd_fc_receive(l.receiver), 1);
	expect_child(l.receiver, -ECHILD);
	got = uffd_fc_take_fd(l.receiver);
	ck_assert_int_ge(got, 0);
	ck_assert(same_file(uffd, got));
	close(got);
	line_free(&l);
	close(uffd);
}

TEST_MAIN(forked_child_is_refused)
