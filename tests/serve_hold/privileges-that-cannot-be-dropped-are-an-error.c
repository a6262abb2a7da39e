/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Every step that the kernel refuses, or that would leave a thread behind, ends the drop with its
 * errno.
 */
#include "support.h"

#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "process.h"

#include "serve/privileges.h"

static const struct identity somebody = {54321, 54321};

/* Takes these capabilities away; all of them are of the first 32. */
static void without(uint32_t capabilities)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) < 0)
		_exit(100);
	data[0].effective &= ~capabilities;
	data[0].permitted &= ~capabilities;
	if (syscall(SYS_capset, &header, data) < 0)
		_exit(101);
}

static int drop_without(uint32_t capabilities)
{
	without(capabilities);
	return -privileges_drop(&somebody, true);
}

static int no_setpcap(void)
{
	return drop_without(1u << CAP_SETPCAP);
}

static int no_setgid(void)
{
	return drop_without(1u << CAP_SETGID);
}

static int no_setuid(void)
{
	return drop_without(1u << CAP_SETUID);
}

/* It would not be in the sets to keep. */
static int no_kill(void)
{
	return drop_without(1u << CAP_KILL);
}

/* It tells the same, and leaves everything to this process. */
static int only_tried(void)
{
	if (privileges_try(&somebody, true) < 0 || geteuid() != 0 ||
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0))
		return 104;
	without(1u << CAP_SETUID);
	return -privileges_try(&somebody, true);
}

static void *wait_for_good(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static int another_thread(void)
{
	const struct identity nobody = {(uid_t)-1, (gid_t)-1};
	pthread_t thread;

	if (pthread_create(&thread, NULL, wait_for_good, NULL))
		return 102;
	if (privileges_drop(&nobody, false) != -EBUSY || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0))
		return 103;
	return -privileges_drop(&somebody, false);
}

static int unprivileged(void *unused)
{
	const struct identity own = {geteuid(), getegid()};

	(void)unused;
	return privileges_drop(&own, false) == -EPERM ? -privileges_drop(&somebody, false) : 102;
}

static int in_child(int (*fn)(void))
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(fn());
	status = await_end(pid);
	ck_assert_msg((status & 0xff) == 0, "status 0x%x", status);
	return status >> 8;
}

static void privileges_that_cannot_be_dropped_are_an_error(void)
{
	ck_assert_int_eq(run_unprivileged(unprivileged, NULL), EPERM);
	ck_assert_int_eq(in_child(another_thread), EBUSY);
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(in_child(no_setpcap), EPERM);
	ck_assert_int_eq(in_child(no_setgid), EPERM);
	ck_assert_int_eq(in_child(no_setuid), EPERM);
	ck_assert_int_eq(in_child(no_kill), EPERM);
	ck_assert_int_eq(in_child(only_tried), EPERM);
}

TEST_MAIN(privileges_that_cannot_be_dropped_are_an_error)
