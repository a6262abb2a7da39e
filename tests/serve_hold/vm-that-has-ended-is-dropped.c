/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What a holder keeps of a VM goes when its process has ended, whether or not there is a server;
 * with the last one goes the holder. A VM whose number begins alike stays.
 */
#include "support.h"

#include <signal.h>
#include <sys/syscall.h>

struct vm {
	pid_t pid;
	char uffd[HOLD_NAME_MAX];
	char pidfd[HOLD_NAME_MAX];
};

static void vm_start(struct vm *vm, struct hold *hold, int id)
{
	int fd;

	snprintf(vm->uffd, sizeof(vm->uffd), "vm-%d.uffd", id);
	snprintf(vm->pidfd, sizeof(vm->pidfd), "vm-%d.pidfd", id);
	vm->pid = fork();
	ck_assert_int_ge(vm->pid, 0);
	if (vm->pid == 0)
		sleep_for_good();
	fd = (int)syscall(SYS_pidfd_open, vm->pid, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(hold_put(hold, vm->pidfd, fd), 0);
	ck_assert_int_eq(put_named(hold, vm->uffd), 0);
	close(fd);
}

static void vm_kill(const struct vm *vm)
{
	kill(vm->pid, SIGKILL);
	await_end(vm->pid);
}

static void vm_that_has_ended_is_dropped(void)
{
	struct place p;
	struct hold *hold;
	struct vm one, eleven, two;
	int descriptors;
	pid_t holder;

	place_make(&p);
	ck_assert_int_eq(hold_open(&hold, p.socket), 0);
	holder = hold_pid(hold);
	ck_assert_int_eq(put_named(hold, "other.pidfd"), 0); /* no VM's: not looked at */
	descriptors = descriptors_of(holder);
	vm_start(&one, hold, 1);
	vm_start(&eleven, hold, 11);
	vm_start(&two, hold, 2);
	ck_assert_int_eq(descriptors_of(holder), descriptors + 6);
	ck_assert_int_eq(hold_count_vms(p.socket), 3);

	vm_kill(&one);
	await_descriptors(holder, descriptors + 4);
	ck_assert_int_eq(hold_remove(hold, one.uffd), -ENOENT);
	ck_assert_int_eq(hold_remove(hold, one.pidfd), -ENOENT);
	ck_assert_int_eq(put_named(hold, eleven.uffd), -EEXIST);

	hold_close(hold);
	vm_kill(&eleven);
	await_descriptors(holder, descriptors - 2 + 2);
	ck_assert_int_eq(hold_takeover(&hold, p.socket), 0);
	ck_assert_ptr_nonnull(entry_of(hold, two.uffd));
	ck_assert_ptr_nonnull(entry_of(hold, two.pidfd));
	ck_assert_uint_eq(drop_entries(hold), 3);
	hold_close(hold);

	vm_kill(&two);
	await_end(holder);
	place_free(&p);
}

TEST_MAIN(vm_that_has_ended_is_dropped)
