/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * After the drop: ids, groups and all capability sets of the process, as /proc has them, and no way
 * back. With keep_kill CAP_KILL is left, and is enough to kill another user's process.
 */
#include "support.h"

#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>

#include "serve/privileges.h"

#define SOMEBODY 54321
#define KILL_BIT (UINT64_C(1) << 5)

static uint64_t status_of(const char *name)
{
	char line[256];
	uint64_t value = UINT64_MAX;
	FILE *f = fopen("/proc/self/status", "re");

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)))
			value = strtoull(line + strlen(name), NULL, 16);
	if (f)
		fclose(f);
	return value;
}

static bool all_are(uid_t uid, gid_t gid)
{
	uid_t u[3];
	gid_t g[3];

	if (getresuid(&u[0], &u[1], &u[2]) || getresgid(&g[0], &g[1], &g[2]))
		return false;
	for (int i = 0; i < 3; i++)
		if (u[i] != uid || g[i] != gid)
			return false;
	return true;
}

static int dropped(bool keep_kill, pid_t victim)
{
	const struct identity identity = {SOMEBODY, SOMEBODY};
	const gid_t groups[] = {1, 2, 3};
	uint64_t left = keep_kill ? KILL_BIT : 0;

	if (setgroups(3, groups) < 0)
		return 1;
	if (privileges_drop(&identity, keep_kill) < 0)
		return 2;
	if (!all_are(SOMEBODY, SOMEBODY) || getgroups(0, NULL) != 0)
		return 3;
	if (status_of("CapEff:") != left || status_of("CapPrm:") != left)
		return 4;
	if (status_of("CapInh:") || status_of("CapBnd:") || status_of("CapAmb:"))
		return 5;
	if (status_of("NoNewPrivs:") != 1 || prctl(PR_GET_DUMPABLE) != 0 ||
	    prctl(PR_GET_KEEPCAPS) != 0)
		return 6;
	if (setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0 || setgroups(1, groups) == 0 ||
	    setresuid(-1, 0, -1) == 0 || setresgid(-1, 0, -1) == 0)
		return 7;
	if (kill(victim, SIGKILL) != (keep_kill ? 0 : -1))
		return 8;
	return 0;
}

/* root stays root, and has nothing of it. */
static int root_without_capabilities(bool keep_kill, pid_t victim)
{
	const struct identity root = {0, 0};

	(void)victim;
	if (privileges_drop(&root, keep_kill) < 0)
		return 1;
	if (!all_are(0, 0) || status_of("CapPrm:") || status_of("CapBnd:"))
		return 2;
	return setresuid(1, 1, 1) == 0 ? 3 : 0;
}

/* Without an identity: no_new_privs and dumpable, and nothing else. */
static int nobody_asked(bool keep_kill, pid_t victim)
{
	const struct identity nobody = {(uid_t)-1, (gid_t)-1};
	uint64_t effective = status_of("CapEff:"), bounding = status_of("CapBnd:");

	(void)victim;
	if (privileges_drop(&nobody, keep_kill) < 0)
		return 1;
	if (status_of("CapEff:") != effective || status_of("CapBnd:") != bounding || !all_are(0, 0))
		return 2;
	return status_of("NoNewPrivs:") != 1 || prctl(PR_GET_DUMPABLE) != 0 ? 3 : 0;
}

static void in_child(int (*fn)(bool keep_kill, pid_t victim), bool keep_kill)
{
	pid_t victim = fork(), pid;
	int status;

	ck_assert_int_ge(victim, 0);
	if (victim == 0) {
		for (;;)
			pause();
	}
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(fn(keep_kill, victim));
	status = await_end(pid);
	ck_assert_msg(status == 0, "status 0x%x", status);
	kill(victim, SIGKILL);
	await_end(victim);
}

static void privileges_are_gone_for_good(void)
{
	if (geteuid() != 0)
		test_skip("only root has something to give up");
	in_child(dropped, false);
	in_child(dropped, true);
	in_child(root_without_capabilities, false);
	in_child(nobody_asked, false);
}

TEST_MAIN(privileges_are_gone_for_good)
