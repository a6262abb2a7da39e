/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See privileges.h. Capabilities by capset(2) itself: they are two words here. */
#include "serve/privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME_LONGEST 256

static bool is_number(const char *text)
{
	return *text && !text[strspn(text, "0123456789")];
}

/* -EINVAL: too large; -1 means "stay", and is nobody's. */
static int parse_number(const char *text, uint32_t *number)
{
	unsigned long long value;

	errno = 0;
	value = strtoull(text, NULL, 10);
	if (errno || value >= UINT32_MAX)
		return -EINVAL;
	*number = (uint32_t)value;
	return 0;
}

/* What getpwnam(3) and the like leave in errno for somebody who is not there. */
static int not_found(int error)
{
	switch (error) {
	case 0:
	case ENOENT:
	case ESRCH:
	case EBADF:
	case EPERM:
		return -ENOENT;
	default:
		return -error;
	}
}

/* A name first, as chown(1) has it: names may be digits. *grouped: the group is known too. */
static int find_user(const char *text, struct identity *identity, bool *grouped)
{
	const struct passwd *user;

	errno = 0;
	user = getpwnam(text);
	if (!user && !is_number(text))
		return not_found(errno);
	if (!user) {
		int ret = parse_number(text, &identity->uid);

		if (ret < 0)
			return ret;
		user = getpwuid(identity->uid);
	}
	*grouped = user != NULL;
	if (user) {
		identity->uid = user->pw_uid;
		identity->gid = user->pw_gid;
	}
	return 0;
}

static int find_group(const char *text, struct identity *identity)
{
	const struct group *group;

	errno = 0;
	group = getgrnam(text);
	if (!group)
		return is_number(text) ? parse_number(text, &identity->gid) : not_found(errno);
	identity->gid = group->gr_gid;
	return 0;
}

int identity_parse(const char *text, struct identity *identity)
{
	const char *colon = strchr(text, ':');
	size_t length = colon ? (size_t)(colon - text) : strlen(text);
	struct identity found = {.uid = (uid_t)-1, .gid = (gid_t)-1};
	char user[NAME_LONGEST];
	bool grouped;
	int ret;

	if (!length || length >= sizeof(user) || (colon && (!colon[1] || strchr(colon + 1, ':'))))
		return -EINVAL;
	snprintf(user, sizeof(user), "%.*s", (int)length, text);
	ret = find_user(user, &found, &grouped);
	if (ret == 0 && colon)
		ret = find_group(colon + 1, &found);
	else if (ret == 0 && !grouped)
		ret = -ENOENT; /* the group of an unknown number */
	if (ret == 0 && (found.uid == (uid_t)-1 || found.gid == (gid_t)-1))
		ret = -EINVAL;
	if (ret == 0)
		*identity = found;
	return ret;
}

static int set_capabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	for (unsigned int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		data[i] = (struct __user_cap_data_struct){
			.effective = (uint32_t)(effective >> 32 * i),
			.permitted = (uint32_t)(permitted >> 32 * i),
			.inheritable = (uint32_t)(inheritable >> 32 * i),
		};
	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

/* Whether the process has exactly these, and none to inherit. */
static bool capabilities_are(uint64_t wanted)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data) < 0)
		return false;
	for (unsigned int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		if (data[i].effective != (uint32_t)(wanted >> 32 * i) ||
		    data[i].permitted != data[i].effective || data[i].inheritable)
			return false;
	return true;
}

/* What an exec could give. Needs CAP_SETPCAP, so it comes first. */
static int drop_bounding(void)
{
	for (unsigned long capability = 0;; capability++) {
		int has = prctl(PR_CAPBSET_READ, capability, 0, 0, 0);

		if (has < 0)
			return errno == EINVAL ? 0 : -errno; /* after the last */
		if (has && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0)
			return -errno;
	}
}

static int change_user(const struct identity *identity)
{
	if (setgroups(0, NULL) < 0 || setresgid(identity->gid, identity->gid, identity->gid) < 0 ||
	    setresuid(identity->uid, identity->uid, identity->uid) < 0)
		return -errno;
	return 0;
}

/* Asks what we are, and tries to be again what we were. */
static int verify(const struct identity *identity, uid_t uid, gid_t gid, uint64_t capabilities)
{
	uid_t u[3];
	gid_t g[3];

	if (getresuid(&u[0], &u[1], &u[2]) < 0 || getresgid(&g[0], &g[1], &g[2]) < 0)
		return -errno;
	for (int i = 0; i < 3; i++)
		if (u[i] != identity->uid || g[i] != identity->gid)
			return -EPERM;
	if (getgroups(0, NULL) != 0 || !capabilities_are(capabilities))
		return -EPERM;
	if (uid != identity->uid && setresuid(uid, uid, uid) == 0)
		return -EPERM;
	if (gid != identity->gid && setresgid(gid, gid, gid) == 0)
		return -EPERM;
	if (set_capabilities(1u << CAP_SETUID, 1u << CAP_SETUID, 0) == 0)
		return -EPERM;
	return 0;
}

static int become(const struct identity *identity, bool keep_kill)
{
	uint64_t capabilities = keep_kill ? UINT64_C(1) << CAP_KILL : 0;
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int ret = drop_bounding();

	/* Before Linux 4.3 there are no ambient ones. */
	if (ret == 0 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 &&
	    errno != EINVAL)
		ret = -errno;
	if (ret == 0 && prctl(PR_SET_KEEPCAPS, keep_kill ? 1 : 0, 0, 0, 0) < 0)
		ret = -errno;
	if (ret == 0)
		ret = change_user(identity);
	if (ret == 0)
		ret = set_capabilities(capabilities, capabilities, 0);
	if (ret == 0 && prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0)
		ret = -errno;
	return ret < 0 ? ret : verify(identity, uid, gid, capabilities);
}

/* Capabilities and no_new_privs are a thread's: another one would keep its own. */
static int one_thread(void)
{
	struct stat st;

	if (stat("/proc/self/task", &st) < 0)
		return -errno;
	return st.st_nlink > 3 ? -EBUSY : 0;
}

int privileges_drop(const struct identity *identity, bool keep_kill)
{
	int ret = one_thread();

	if (ret == 0 && identity->uid != (uid_t)-1)
		ret = become(identity, keep_kill);
	/* Last: a change of the user sets dumpable to fs.suid_dumpable. */
	if (ret == 0 &&
	    (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0))
		ret = -errno;
	return ret;
}

int privileges_try(const struct identity *identity, bool keep_kill)
{
	int status, ret = one_thread();
	pid_t child;

	/* The child has one in any case. */
	if (ret < 0)
		return ret;
	child = fork();
	if (child < 0)
		return -errno;
	if (child == 0)
		_exit(-privileges_drop(identity, keep_kill));
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}
